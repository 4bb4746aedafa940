package spec

import (
	"net/url"
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

func setClusterDefaults(s *v1alpha1.LoadMatrixSpec) {
	c := &s.Cluster
	orDefault(&c.Image, DefaultImage)
	orDefault(&c.LocustImage, DefaultLocustImage)
	orDefault(&c.ImagePullPolicy, "IfNotPresent")
	orDefault(&c.NetworkPolicies, "apply")
	orDuration(&c.TTL, time.Hour)
	n := &c.Names
	orDefault(&n.Master, "locust-master")
	orDefault(&n.Worker, "locust-worker")
	orDefault(&n.Service, n.Master)
	orDefault(&n.Scripts, "locust-scripts")
	orDefault(&n.ServiceAccount, "locust-driver")
	orDefault(&n.Role, "locust-driver-role")
	orDefault(&n.RoleBinding, "locust-driver-rolebinding")
	orDefault(&n.Job, "locust-load-test-matrix")
	if s.Schedule != nil {
		orDefault(&s.Schedule.History, 3)
	}
	if s.Target.ScaleTargetRef != nil {
		orDefault(&s.Target.Service, serviceOf(s.Target.URL))
	}
}

// serviceOf is the Service that an in-cluster URL names: the host's first label.
func serviceOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	return name
}

func (d *document) validateCluster(s v1alpha1.LoadMatrixSpec) {
	c := s.Cluster
	d.oneOf("spec.cluster.imagePullPolicy", c.ImagePullPolicy, "Always", "IfNotPresent", "Never")
	d.oneOf("spec.cluster.networkPolicies", c.NetworkPolicies, "apply", "omit")
	d.durationIn("spec.cluster.ttl", c.TTL.Duration, 0, 30*24*time.Hour)
	if c.NodePort != 0 {
		d.intIn("spec.cluster.nodePort", int(c.NodePort), 1, 65535)
	}
	n := c.Names
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
	if sch := s.Schedule; sch != nil {
		// A CronJob's name plus the time of a run must make a Job's name.
		if len(n.Job) > maxCronJobName {
			d.addf("spec.cluster.names.job", "is %d characters long, at most %d with a schedule", len(n.Job), maxCronJobName)
		}
		if len(strings.Fields(sch.Cron)) != 5 {
			d.addf("spec.schedule.cron", "is %q, must have five fields, as in 0 2 * * 0", sch.Cron)
		}
		d.intIn("spec.schedule.history", sch.History, 1, 100)
	}
}
