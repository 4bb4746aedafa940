package experiment

import (
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// The images that run in a cluster unless the experiment names others.
const (
	DefaultImage       = "swarmgrid.dev/swarmgrid:dev"
	DefaultLocustImage = "locustio/locust:2.47.0"
)

// maxCronJobName is the API server's own limit.
const maxCronJobName = 52

func (d *document) setClusterDefaults(lm *v1alpha1.LoadMatrix) {
	s := &lm.Spec
	c := &s.Cluster
	orDefault(d, "spec.cluster.image", &c.Image, DefaultImage)
	orDefault(d, "spec.cluster.locustImage", &c.LocustImage, DefaultLocustImage)
	orDefault(d, "spec.cluster.imagePullPolicy", &c.ImagePullPolicy, "IfNotPresent")
	orDefault(d, "spec.cluster.networkPolicies", &c.NetworkPolicies, "apply")
	orDuration(&c.TTL, time.Hour)
	n := &c.Names
	orDefault(d, "spec.cluster.names.master", &n.Master, "locust-master")
	orDefault(d, "spec.cluster.names.worker", &n.Worker, "locust-worker")
	orDefault(d, "spec.cluster.names.service", &n.Service, n.Master)
	orDefault(d, "spec.cluster.names.scripts", &n.Scripts, "locust-scripts")
	if c.Driver.ServiceAccountName == "" {
		orDefault(d, "spec.cluster.names.serviceAccount", &n.ServiceAccount, "locust-driver")
	}
	if c.CABundle != nil {
		orDefault(d, "spec.cluster.caBundle.key", &c.CABundle.Key, "ca.crt")
	}
	orDefault(d, "spec.cluster.names.role", &n.Role, "locust-driver-role")
	orDefault(d, "spec.cluster.names.roleBinding", &n.RoleBinding, "locust-driver-rolebinding")
	orDefault(d, "spec.cluster.names.job", &n.Job, "locust-load-test-matrix")
	if s.Schedule != nil {
		orDefault(d, "spec.schedule.history", &s.Schedule.History, 3)
	}
	if s.Target.ScaleTargetRef != nil {
		orDefault(d, "spec.target.service", &s.Target.Service, ServiceOf(s.Target.URL, lm.Namespace))
	}
}

func (d *document) validateCluster(lm *v1alpha1.LoadMatrix) {
	c := lm.Spec.Cluster
	d.validateImage("spec.cluster.image", c.Image)
	d.validateImage("spec.cluster.locustImage", c.LocustImage)
	d.allNamed("spec.cluster.imagePullSecrets", c.ImagePullSecrets)
	for _, pod := range pods(lm) {
		d.validatePod(pod)
	}
	if c.ResultsClaim != "" {
		d.validateName("spec.cluster.resultsClaim", c.ResultsClaim, objectName())
	}
	d.oneOf("spec.cluster.imagePullPolicy", c.ImagePullPolicy, "Always", "IfNotPresent", "Never")
	d.oneOf("spec.cluster.networkPolicies", c.NetworkPolicies, "apply", "omit")
	d.durationIn("spec.cluster.ttl", c.TTL.Duration, 0, 30*24*time.Hour)
	if c.NodePort != 0 {
		d.intIn("spec.cluster.nodePort", int(c.NodePort), 1, 65535)
	}
	d.validateCABundle(c.CABundle)
	d.validateNames(c)
	d.validateApart(lm.Spec)
	d.validateSchedule(lm.Spec)
}

func (d *document) validatePod(pod podSettings) {
	path, s := "spec.cluster."+pod.field, pod.settings
	d.validateEnv(path+".env", s.Env, setVariables(pod.field))
	if pod.field == "driver" {
		d.validateVerbose(path+".env", s.Env)
	}
	d.allNamed(path+".envFromSecrets", s.EnvFromSecrets)
	d.allNamed(path+".envFromConfigMaps", s.EnvFromConfigMaps)
	for _, f := range []struct{ field, name string }{
		{"priorityClassName", s.PriorityClassName}, {"runtimeClassName", s.RuntimeClassName}, {"serviceAccountName", s.ServiceAccountName},
	} {
		if f.name != "" {
			d.validateName(path+"."+f.field, f.name, objectName())
		}
	}
	d.validateMeta(path, *s)
	d.validateRaw(path, *s)
	for _, key := range slices.Sorted(maps.Keys(s.NodeSelector)) {
		if len(content.IsLabelKey(key))+len(content.IsLabelValue(s.NodeSelector[key])) > 0 {
			d.addf(path+".nodeSelector", "has %q: %q, must be a node's label and its value", key, s.NodeSelector[key])
		}
	}
}

// validateCABundle wants one key of one object.
func (d *document) validateCABundle(b *v1alpha1.CABundle) {
	const path = "spec.cluster.caBundle"
	switch {
	case b == nil:
		return
	case b.ConfigMap != "" && b.Secret != "":
		d.addf(path+".secret", "is given beside configMap; the certificates are in one or the other")
	case b.ConfigMap != "" || d.given[path+".configMap"]:
		d.validateName(path+".configMap", b.ConfigMap, objectName())
	case b.Secret != "" || d.given[path+".secret"]:
		d.validateName(path+".secret", b.Secret, objectName())
	default:
		d.addf(path, "names no object; give configMap or secret")
	}
	if len(validation.IsConfigMapKey(b.Key)) > 0 {
		d.addf(path+".key", "is %q, must be a key of the object, as ca.crt", b.Key)
	}
}

// validateAccount keeps one who brings an account from also naming the one that deploy
// would make.
func (d *document) validateAccount(c v1alpha1.Cluster) {
	switch name := c.Names.ServiceAccount; {
	case c.Driver.ServiceAccountName == "":
		d.validateName("spec.cluster.names.serviceAccount", name, objectName())
	case d.given["spec.cluster.names.serviceAccount"]:
		d.addf("spec.cluster.names.serviceAccount", "is %q, the account that deploy makes for the driver, but driver.serviceAccountName is one that is there; give one of them", name)
	}
	d.validateNotTheDrivers(c)
}

// validateNotTheDrivers keeps the account that may change the target from the load's pods.
func (d *document) validateNotTheDrivers(c v1alpha1.Cluster) {
	if c.Driver.ServiceAccountName != "" {
		return // deploy makes none
	}
	for _, pod := range []struct{ field, account string }{{"master", c.Master.ServiceAccountName}, {"worker", c.Worker.ServiceAccountName}} {
		if pod.account != "" && pod.account == c.Names.ServiceAccount {
			d.addf("spec.cluster."+pod.field+".serviceAccountName", "is %q, which is the driver's own account, which deploy makes and cleanup deletes; name another", pod.account)
		}
	}
}

func (d *document) validateNames(c v1alpha1.Cluster) {
	n := c.Names
	d.validateAccount(c)
	deployment := objectName()
	deployment.longest -= len("-try") // a pod like the workers'
	for _, f := range []struct {
		field, name string
		rule        nameRule
	}{
		{"master", n.Master, deployment},
		{"worker", n.Worker, deployment},
		{"service", n.Service, serviceName()},
		{"scripts", n.Scripts, objectName()},
		{"role", n.Role, objectName()},
		{"roleBinding", n.RoleBinding, objectName()},
		{"job", n.Job, labelName()},
	} {
		d.validateName("spec.cluster.names."+f.field, f.name, f.rule)
	}
}

// validateApart refuses one name for two objects. Master, worker and job need different
// names although one of them is a Job: each has a NetworkPolicy of its name.
func (d *document) validateApart(s v1alpha1.LoadMatrixSpec) {
	n := s.Cluster.Names
	for _, pair := range []struct{ field, name, other, taken string }{
		{"worker", n.Worker, "master", n.Master},
		{"job", n.Job, "master", n.Master},
		{"job", n.Job, "worker", n.Worker},
	} {
		if pair.name == pair.taken {
			d.addf("spec.cluster.names."+pair.field, "is %q, as names.%s is; give each its own", pair.name, pair.other)
		}
	}
	if rest, ok := strings.CutPrefix(n.Scripts, n.Job+"-"); ok && (rest == "status" || rest == "experiment" || strings.HasPrefix(rest, "journal-")) {
		d.addf("spec.cluster.names.scripts", "is %q, which is a ConfigMap of the Job %s; give it another name", n.Scripts, n.Job)
	}
	d.validateNotTheTargets(s)
}

// validateNotTheTargets keeps deploy from making the target its master.
func (d *document) validateNotTheTargets(s v1alpha1.LoadMatrixSpec) {
	n, t := s.Cluster.Names, s.Target
	if t.ScaleTargetRef == nil || s.Load.MasterURL != "" {
		return
	}
	for _, own := range []struct{ field, name string }{{"master", n.Master}, {"worker", n.Worker}} {
		if t.ScaleTargetRef.Kind == "Deployment" && t.ScaleTargetRef.Name == own.name {
			d.addf("spec.cluster.names."+own.field, "is %q, which is the target's; give it another name", own.name)
		}
	}
	if n.Service == t.Service {
		d.addf("spec.cluster.names.service", "is %q, which is the Service in front of the target; give it another name", n.Service)
	}
}
