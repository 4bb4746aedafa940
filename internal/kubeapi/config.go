package kubeapi

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// Config says where the workloads of a run are and how to reach them.
type Config struct {
	// REST reaches the API server. Its rate limits are raised where they are the defaults.
	REST *rest.Config
	// Namespace is where all objects named below are.
	Namespace string

	// Target is the object to scale; nil when only TargetURL is known and nothing is scaled.
	Target *v1alpha1.ScaleTargetRef
	// Service is in front of the target; its endpoints must follow the replicas.
	// Empty means that no Service is looked at.
	Service string
	// TargetURL is where the load sends its requests.
	TargetURL string
	// Metrics is where the target's pods expose their request count; nil if not configured.
	Metrics *v1alpha1.TargetMetrics
	// Inside means that the caller runs in the cluster and reaches pods directly.
	Inside bool
	// Autoscaler says what to do about an autoscaler on the target; default refuse.
	Autoscaler v1alpha1.AutoscalerPolicy

	// Master and Worker name the Deployments of the load; an empty one is not managed.
	Master, Worker string
	// MasterURL is where the driver reaches the master's web API. When empty, the
	// driver is outside the cluster and a port of this machine's loopback
	// interface is forwarded to MasterPort (default 8089) of the master's pod.
	MasterURL  string
	MasterPort int
}

// defaultMasterPort is the web API's, Locust's and ours.
const defaultMasterPort = 8089

// ConfigOf is an experiment's configuration. A driver inside the cluster reaches the
// master by its Service, one outside through a port-forward.
func ConfigOf(config *rest.Config, namespace string, exp *experiment.Experiment, inside bool) Config {
	s := exp.LoadMatrix.Spec
	c := Config{
		REST: config, Namespace: namespace, Target: s.Target.ScaleTargetRef, Service: s.Target.Service,
		TargetURL: s.Target.URL, Autoscaler: s.Target.Autoscaler, Metrics: s.Target.Metrics, Inside: inside,
	}
	if s.Load.MasterURL == "" {
		c.Master, c.Worker = s.Cluster.Names.Master, s.Cluster.Names.Worker
		if inside {
			c.MasterURL = "http://" + net.JoinHostPort(s.Cluster.Names.Service, strconv.Itoa(defaultMasterPort))
		}
	}
	return c
}

// FieldManager owns the fields that we change, in the objects' managedFields.
const FieldManager = "swarmgrid"

// connect completes a configuration and makes its clients, without a request.
func (c Config) connect() (Config, *Clients, error) {
	c, err := c.WithDefaults()
	if err != nil {
		return c, nil, err
	}
	made, err := NewClients(c)
	return c, made, err
}

// WithDefaults is a complete configuration, or says what is missing.
func (c Config) WithDefaults() (Config, error) {
	switch {
	case c.REST == nil:
		return c, errors.New("configuring kubernetes: no API server given")
	case c.Namespace == "":
		return c, errors.New("configuring kubernetes: no namespace given")
	case c.Target == nil && c.TargetURL == "":
		return c, errors.New("configuring kubernetes: neither a target object nor a URL given")
	case c.Autoscaler != "" && c.Autoscaler != v1alpha1.AutoscalerRefuse && c.Autoscaler != v1alpha1.AutoscalerPause:
		return c, fmt.Errorf("configuring kubernetes: autoscaler %q is neither refuse nor pause", c.Autoscaler)
	}
	c.Autoscaler = cmp.Or(c.Autoscaler, v1alpha1.AutoscalerRefuse)
	c.MasterPort = cmp.Or(c.MasterPort, defaultMasterPort)
	c.TargetURL = strings.TrimSuffix(c.TargetURL, "/")
	c.MasterURL = strings.TrimSuffix(c.MasterURL, "/")
	c.REST = rest.CopyConfig(c.REST)
	if c.REST.QPS == 0 {
		c.REST.QPS, c.REST.Burst = 50, 100
	}
	if c.REST.WarningHandler == nil && c.REST.WarningHandlerWithContext == nil {
		c.REST.WarningHandler = rest.NoWarnings{} // the default prints
	}
	c.REST.Timeout = 0 // it would cut the watches; every other call has a deadline of its own
	return c, nil
}

// LeaseName names the Lease that locks the target.
func (c Config) LeaseName() string {
	return targetlock.Name(v1alpha1.Target{ScaleTargetRef: c.Target, URL: c.TargetURL})
}

// TargetName is how messages name the target: "Deployment shop/inference".
func (c Config) TargetName() string {
	if c.Target == nil {
		return c.TargetURL
	}
	return fmt.Sprintf("%s %s/%s", c.Target.Kind, c.Namespace, c.Target.Name)
}

// Refs are the objects that a run scales, by role.
func (c Config) Refs() map[platform.Role]v1alpha1.ScaleTargetRef {
	refs := map[platform.Role]v1alpha1.ScaleTargetRef{}
	if c.Target != nil {
		refs[platform.Target] = withVersion(*c.Target)
	}
	if c.Master != "" {
		refs[platform.Master] = deployment(c.Master)
	}
	if c.Worker != "" {
		refs[platform.Worker] = deployment(c.Worker)
	}
	return refs
}

func deployment(name string) v1alpha1.ScaleTargetRef {
	return v1alpha1.ScaleTargetRef{APIVersion: "apps/v1", Kind: "Deployment", Name: name}
}

// withVersion defaults the API version to apps/v1.
func withVersion(ref v1alpha1.ScaleTargetRef) v1alpha1.ScaleTargetRef {
	ref.APIVersion = cmp.Or(ref.APIVersion, "apps/v1")
	return ref
}

// Describe is how messages name an object: "Deployment inference".
func Describe(ref v1alpha1.ScaleTargetRef) string { return ref.Kind + " " + ref.Name }
