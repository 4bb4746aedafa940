package spec

import (
	"strings"
	"time"

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
	orDefault(d, "spec.cluster.names.serviceAccount", &n.ServiceAccount, "locust-driver")
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

func (d *document) validateCluster(s v1alpha1.LoadMatrixSpec) {
	c := s.Cluster
	d.notEmpty("spec.cluster.image", c.Image, "an image")
	d.notEmpty("spec.cluster.locustImage", c.LocustImage, "an image")
	d.allNamed("spec.cluster.imagePullSecrets", c.ImagePullSecrets, "a Secret")
	for _, pod := range pods(&v1alpha1.LoadMatrix{Spec: s}) {
		d.allNamed("spec.cluster."+pod.field+".envFromSecrets", pod.settings.EnvFromSecrets, "a Secret")
		d.allNamed("spec.cluster."+pod.field+".envFromConfigMaps", pod.settings.EnvFromConfigMaps, "a ConfigMap")
	}
	d.oneOf("spec.cluster.imagePullPolicy", c.ImagePullPolicy, "Always", "IfNotPresent", "Never")
	d.oneOf("spec.cluster.networkPolicies", c.NetworkPolicies, "apply", "omit")
	d.durationIn("spec.cluster.ttl", c.TTL.Duration, 0, 30*24*time.Hour)
	if c.NodePort != 0 {
		d.intIn("spec.cluster.nodePort", int(c.NodePort), 1, 65535)
	}
	d.validateNames(c.Names)
	d.validateSchedule(s)
}

func (d *document) validateNames(n v1alpha1.ClusterNames) {
	for _, f := range []struct {
		field, name string
		longest     int
	}{
		{"master", n.Master, maxName},
		{"worker", n.Worker, maxName},
		{"service", n.Service, maxLabel},
		{"scripts", n.Scripts, maxName},
		{"serviceAccount", n.ServiceAccount, maxName},
		{"role", n.Role, maxName},
		{"roleBinding", n.RoleBinding, maxName},
		{"job", n.Job, maxLabel},
	} {
		d.validateName("spec.cluster.names."+f.field, f.name, f.longest)
	}
}

func (d *document) validateSchedule(s v1alpha1.LoadMatrixSpec) {
	sch, job := s.Schedule, s.Cluster.Names.Job
	if sch == nil {
		return
	}
	// A CronJob's name plus the time of a run must make a Job's name.
	if len(job) > maxCronJobName {
		d.addf("spec.cluster.names.job", "is %d characters long, at most %d with a schedule", len(job), maxCronJobName)
	}
	if len(strings.Fields(sch.Cron)) != 5 {
		d.addf("spec.schedule.cron", "is %q, must have five fields, as in 0 2 * * 0", sch.Cron)
	}
	d.intIn("spec.schedule.history", sch.History, 1, 100)
}
