package manifests

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// The users that pods run as. Pod Security's restricted wants a number: the
// locustio image names its user, whose number is 1000; ours has no user at all.
const (
	locustUID = 1000
	ownUID    = 65532
)

// part is one kind of pod before it is hardened.
type part struct {
	// field is where its settings are, for messages.
	field    string
	settings v1alpha1.PodSettings
	// labels are those by which our own objects find the pods.
	labels map[string]string
	uid    int64
	// python says that the program is Python's.
	python    bool
	resources corev1.ResourceRequirements
	container corev1.Container
	volumes   []corev1.Volume
	// token mounts the service account's token, which only the driver needs.
	token bool
}

// podSpec hardens a part: no privileges, a read-only root file system, its own /tmp. The
// person's settings come on top.
func (b *builder) podSpec(p part) (corev1.PodSpec, error) {
	c := p.container
	c.ImagePullPolicy = corev1.PullPolicy(b.cluster.ImagePullPolicy)
	c.SecurityContext = containerSecurity()
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "tmp", MountPath: "/tmp"})
	p.volumes = append(p.volumes, emptyDir("tmp"))
	b.trust(&p, &c)
	c.Env = append(c.Env, plainEnv(p.settings.Env, c.Env)...)
	c.EnvFrom = envFrom(p.settings)
	c.Resources = p.resources
	pod := corev1.PodSpec{
		// A Service named locust-web would set LOCUST_WEB_PORT=tcp://…, which
		// Locust takes for its port (locust-protocol.md 35).
		EnableServiceLinks:           new(false),
		AutomountServiceAccountToken: &p.token,
		ServiceAccountName:           p.settings.ServiceAccountName,
		// The API server fills the field's old name in, and would take the account from there
		// once it is left out here, were that not ours to take away.
		DeprecatedServiceAccount: p.settings.ServiceAccountName,
		SecurityContext:          podSecurity(p.uid),
		Volumes:                  p.volumes,
		NodeSelector:             p.settings.NodeSelector,
		PriorityClassName:        p.settings.PriorityClassName,
		Affinity:                 b.awayFromTarget(),
	}
	if name := p.settings.RuntimeClassName; name != "" {
		pod.RuntimeClassName = &name
	}
	for _, name := range b.cluster.ImagePullSecrets {
		pod.ImagePullSecrets = append(pod.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
	}
	err := p.decodeSettings(&c, &pod)
	pod.Containers = []corev1.Container{c}
	return pod, err
}

// podSecurity is what a person's settings are decoded into, so each number has its own place.
func podSecurity(uid int64) *corev1.PodSecurityContext {
	return &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), RunAsUser: new(uid), RunAsGroup: new(uid), FSGroup: new(uid),
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
}

func containerSecurity() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
		Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
}

// awayFromTarget prefers other nodes than the target's: a load generator on the same node
// would compete for its CPU.
func (b *builder) awayFromTarget() *corev1.Affinity {
	if len(b.opts.TargetLabels) == 0 {
		return nil
	}
	return &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
		PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{
			Weight: 100,
			PodAffinityTerm: corev1.PodAffinityTerm{
				LabelSelector: &metav1.LabelSelector{MatchLabels: b.opts.TargetLabels},
				TopologyKey:   corev1.LabelHostname,
			},
		}},
	}}
}

// plainEnv are a person's variables except those already set: server-side apply rejects
// duplicate names.
func plainEnv(env map[string]string, there []corev1.EnvVar) []corev1.EnvVar {
	var out []corev1.EnvVar
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !slices.ContainsFunc(there, func(v corev1.EnvVar) bool { return v.Name == name }) {
			out = append(out, corev1.EnvVar{Name: name, Value: env[name]})
		}
	}
	return out
}

func envFrom(s v1alpha1.PodSettings) []corev1.EnvFromSource {
	var out []corev1.EnvFromSource
	for _, name := range s.EnvFromSecrets {
		out = append(out, corev1.EnvFromSource{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}})
	}
	for _, name := range s.EnvFromConfigMaps {
		out = append(out, corev1.EnvFromSource{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}})
	}
	return out
}

func emptyDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}

// amounts are requests and limits as the original's tables write them.
func amounts(cpu, memory, cpuLimit, memoryLimit string) corev1.ResourceRequirements {
	list := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	return corev1.ResourceRequirements{Requests: list(cpu, memory), Limits: list(cpuLimit, memoryLimit)}
}
