package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Cluster says how the load and its driver run in a cluster. Everything has a default.
type Cluster struct {
	// Image is the program's own: the driver, and the load of engine swarm.
	Image string `json:"image,omitempty"`
	// LocustImage runs the load of engine locust.
	LocustImage string `json:"locustImage,omitempty"`
	// ImagePullPolicy is Always, IfNotPresent or Never.
	ImagePullPolicy string `json:"imagePullPolicy,omitempty"`
	// ImagePullSecrets name Secrets of the namespace.
	ImagePullSecrets []string `json:"imagePullSecrets,omitempty"`
	// Names of the objects; the defaults are the original's.
	Names ClusterNames `json:"names,omitempty"`
	// Master, Worker and Driver shape the pods.
	Master PodSettings `json:"master,omitempty"`
	Worker PodSettings `json:"worker,omitempty"`
	Driver PodSettings `json:"driver,omitempty"`
	// NodePort opens the master's web API on every node; 0, the default, does not.
	NodePort int32 `json:"nodePort,omitempty"`
	// ResultsClaim names a PersistentVolumeClaim for histograms; without it they
	// are marked absent in the records.
	ResultsClaim string `json:"resultsClaim,omitempty"`
	// CABundle is what the pods trust beside the authorities that their image knows.
	CABundle *CABundle `json:"caBundle,omitempty"`
	// NetworkPolicies is apply or omit: whether deploy closes the load's pods to
	// everything but the run.
	NetworkPolicies string `json:"networkPolicies,omitempty"`
	// TTL is how long the finished Job and its pods are kept.
	TTL *metav1.Duration `json:"ttl,omitempty"`
}

// ClusterNames are the names of the objects in the namespace.
type ClusterNames struct {
	Master         string `json:"master,omitempty"`
	Worker         string `json:"worker,omitempty"`
	Service        string `json:"service,omitempty"`
	Scripts        string `json:"scripts,omitempty"`
	ServiceAccount string `json:"serviceAccount,omitempty"`
	Role           string `json:"role,omitempty"`
	RoleBinding    string `json:"roleBinding,omitempty"`
	Job            string `json:"job,omitempty"`
}

// CABundle names certificates of authorities in PEM form: one key of a ConfigMap or of a
// Secret of the namespace.
type CABundle struct {
	ConfigMap string `json:"configMap,omitempty"`
	Secret    string `json:"secret,omitempty"`
	// Key defaults to ca.crt.
	Key string `json:"key,omitempty"`
}

// PodSettings shape the pods of one part. What is a RawExtension is as in a PodSpec.
type PodSettings struct {
	// Labels and Annotations are added to those that the pods have anyway.
	Labels       map[string]string       `json:"labels,omitempty"`
	Annotations  map[string]string       `json:"annotations,omitempty"`
	Resources    *runtime.RawExtension   `json:"resources,omitempty"`
	NodeSelector map[string]string       `json:"nodeSelector,omitempty"`
	Tolerations  []*runtime.RawExtension `json:"tolerations,omitempty"`
	Affinity     *runtime.RawExtension   `json:"affinity,omitempty"`
	// Env are plain variables; EnvFromSecrets and EnvFromConfigMaps name whole objects.
	Env               map[string]string `json:"env,omitempty"`
	EnvFromSecrets    []string          `json:"envFromSecrets,omitempty"`
	EnvFromConfigMaps []string          `json:"envFromConfigMaps,omitempty"`
	PriorityClassName string            `json:"priorityClassName,omitempty"`
	RuntimeClassName  string            `json:"runtimeClassName,omitempty"`
	// ServiceAccountName is an account of one's own, which deploy neither makes nor deletes.
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
	// Volumes are added to the pod, VolumeMounts to its container.
	Volumes      []*runtime.RawExtension `json:"volumes,omitempty"`
	VolumeMounts []*runtime.RawExtension `json:"volumeMounts,omitempty"`
	// TopologySpreadConstraints without a labelSelector count the part's own pods.
	TopologySpreadConstraints []*runtime.RawExtension `json:"topologySpreadConstraints,omitempty"`
	// PodSecurityContext replaces single fields of the default one; null takes a field out.
	PodSecurityContext *runtime.RawExtension `json:"podSecurityContext,omitempty"`
}

// Schedule runs the matrix again and again, by a CronJob.
type Schedule struct {
	// Cron is the five fields of a CronJob.
	Cron string `json:"cron"`
	// TimeZone is an IANA name; empty means the controller's.
	TimeZone string `json:"timeZone,omitempty"`
	// History is how many runs' results are kept.
	History int `json:"history,omitempty"`
	// Suspend keeps the schedule without running it.
	Suspend bool `json:"suspend,omitempty"`
}
