package manifests

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// The master's ports and their names.
const (
	WebPort  = 8089
	JoinPort = 5557
	portWeb  = "web"
	portJoin = "join"
)

// The roles of the load's pods.
const (
	RoleMaster = "master"
	RoleWorker = "worker"
)

// scriptsDir is where the load's files are mounted, scriptsVolume by which volume.
const (
	scriptsDir    = "/scripts"
	scriptsVolume = "scripts"
)

func loadFileName(e v1alpha1.Engine) string {
	if e == v1alpha1.EngineLocust {
		return "locustfile.py"
	}
	return "swarmfile.yaml"
}

func (b *builder) python() bool { return b.lm.Spec.Load.Engine == v1alpha1.EngineLocust }

// service is the master's: the web API for the driver, the port that workers join.
func (b *builder) service() *corev1.Service {
	web := corev1.ServicePort{Name: portWeb, Port: WebPort, TargetPort: intstr.FromString(portWeb)}
	join := corev1.ServicePort{Name: portJoin, Port: JoinPort, TargetPort: intstr.FromString(portJoin)}
	kind := corev1.ServiceTypeClusterIP
	if b.cluster.NodePort != 0 {
		kind, web.NodePort = corev1.ServiceTypeNodePort, b.cluster.NodePort
	}
	return &corev1.Service{
		TypeMeta:   typeMeta("v1", "Service"),
		ObjectMeta: b.meta(b.names.Service, LabelRole, RoleMaster),
		Spec:       corev1.ServiceSpec{Type: kind, Selector: b.podLabels(RoleMaster), Ports: []corev1.ServicePort{web, join}},
	}
}

func (b *builder) master() (*appsv1.Deployment, error) {
	p := b.loadPart(RoleMaster)
	p.resources = amounts("500m", "512Mi", "1", "1Gi")
	p.container.Ports = []corev1.ContainerPort{{Name: portWeb, ContainerPort: WebPort}, {Name: portJoin, ContainerPort: JoinPort}}
	b.probes(&p.container)
	// Two masters at once would split the workers between them.
	return b.deployment(b.names.Master, RoleMaster, p, 1, appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType})
}

func (b *builder) worker() (*appsv1.Deployment, error) {
	p := b.loadPart(RoleWorker)
	p.resources = amounts("250m", "256Mi", "500m", "512Mi")
	if b.python() {
		p.container.StartupProbe = joined()
	}
	first := experiment.NewPlan(b.exp).Scenarios[0].Key.Workers
	return b.deployment(b.names.Worker, RoleWorker, p, int32(first), appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType})
}

// loadPart is the common part of master and worker.
func (b *builder) loadPart(role string) part {
	p := part{
		field: "spec.cluster." + role, settings: b.cluster.Worker, uid: ownUID, labels: b.podLabels(role), python: b.python(),
		volumes: []corev1.Volume{b.scriptVolume()},
	}
	file := path.Join(scriptsDir, b.scripts()[0].place)
	p.container = corev1.Container{
		Name: role, Image: b.cluster.Image, Args: []string{role},
		Env:          []corev1.EnvVar{{Name: "LOCUST_LOCUSTFILE", Value: file}},
		VolumeMounts: []corev1.VolumeMount{{Name: scriptsVolume, MountPath: scriptsDir, ReadOnly: true}},
	}
	if role == RoleMaster {
		p.settings = b.cluster.Master
		b.listen(&p)
		b.allowHosts(&p)
	} else {
		p.env("LOCUST_MASTER_NODE_HOST", b.names.Service)
		p.env("LOCUST_HOST", b.lm.Spec.Target.URL)
	}
	if b.python() {
		p.uid, p.container.Image = locustUID, b.cluster.LocustImage
		p.container.Args = []string{"--" + role}
		p.container.WorkingDir = path.Dir(file) // as on one machine
		p.envUnlessSaid("HOME", "/tmp")
		p.envUnlessSaid("PYTHONDONTWRITEBYTECODE", "1")
	}
	return p
}

// listen has the master listen on all addresses of its pod, unless a person says where.
// Ours takes 0.0.0.0 for every address of both families, as far as the node has them
// (net.Listen). Python takes it by its word, IPv4; its :: is both families, but cannot
// be had on a node whose kernel was started without IPv6, and neither can Locust's own
// default. So :: is only for where Services have IPv6 addresses.
func (b *builder) listen(p *part) {
	everywhere := "0.0.0.0"
	if b.opts.IPv6 && b.python() {
		everywhere = "::"
	}
	for _, name := range []string{"LOCUST_WEB_HOST", "LOCUST_MASTER_BIND_HOST"} {
		p.envUnlessSaid(name, everywhere)
	}
}

// EnvAllowedHosts has our master's --allowed-hosts.
const EnvAllowedHosts = "SWARMGRID_ALLOWED_HOSTS"

// allowHosts lets our master be asked by its Service's names, which the driver uses, and
// by those that a person adds. Python's asks for no name.
func (b *builder) allowHosts(p *part) {
	if b.python() {
		return
	}
	hosts := experiment.ServiceNames(b.names.Service, b.lm.Namespace)
	if more := b.cluster.Master.Env[EnvAllowedHosts]; more != "" {
		hosts = append(hosts, more)
	}
	p.env(EnvAllowedHosts, strings.Join(hosts, ","))
}

func (p *part) env(name, value string) {
	p.container.Env = append(p.container.Env, corev1.EnvVar{Name: name, Value: value})
}

// envUnlessSaid sets a variable unless a person has set it.
func (p *part) envUnlessSaid(name, value string) {
	if _, said := p.settings.Env[name]; !said {
		p.env(name, value)
	}
}

// probes have long timeouts: Locust serves its page from the thread that also merges the
// workers' reports, and stalls under load (locust-protocol.md 25). Workers have none while they
// run: they listen nowhere, and end by themselves when the master is gone.
func (b *builder) probes(c *corev1.Container) {
	path := locust.HealthPath
	if b.python() {
		path = "/"
	}
	c.ReadinessProbe = &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString(portWeb)}},
		PeriodSeconds: 2, TimeoutSeconds: 5, FailureThreshold: 15,
	}
	c.LivenessProbe = &corev1.Probe{
		ProbeHandler:        corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString(portWeb)}},
		InitialDelaySeconds: 30, PeriodSeconds: 20, TimeoutSeconds: 10, FailureThreshold: 6,
	}
}

// joinedScript exits with 0 if a connection to the master's port is established.
const joinedScript = `from os.path import exists
rows = [l.split() for f in ("/proc/net/tcp", "/proc/net/tcp6") if exists(f) for l in open(f)]
raise SystemExit(not any(r[2].endswith(":15B5") and r[3] == "01" for r in rows))`

// joined keeps a Python worker from being ready before it has started. It listens nowhere, so
// that the probe looks for its connection to the master (port 5557 is 15B5 in /proc/net/tcp,
// state 01 is established). It is a startup probe, since a probe during the load would take
// CPU from the worker. Locust itself ends a worker whose master does not answer for five
// minutes (locust-protocol.md 5).
func joined() *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"python3", "-S", "-c", joinedScript}}},
		PeriodSeconds: 1, TimeoutSeconds: 5, FailureThreshold: 300,
	}
}

// deployment uses Recreate, so that workers of two templates never run together.
func (b *builder) deployment(name, role string, p part, replicas int32, strategy appsv1.DeploymentStrategy) (*appsv1.Deployment, error) {
	pod, err := b.podSpec(p)
	return &appsv1.Deployment{
		TypeMeta:   typeMeta("apps/v1", "Deployment"),
		ObjectMeta: b.meta(name, LabelRole, role),
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Strategy: strategy,
			Selector: &metav1.LabelSelector{MatchLabels: b.podLabels(role)},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: b.podMeta(p.settings, p.labels, b.annotations(p.settings)),
				Spec:       pod,
			},
		},
	}, err
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

func configMapVolume(volume, name string) corev1.Volume {
	return corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}},
	}}
}

func typeMeta(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}
