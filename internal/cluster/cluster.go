package cluster

import (
	"context"
	"fmt"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// Cluster is a namespace of a cluster, with a person's rights.
type Cluster struct {
	REST      *rest.Config
	Client    kubernetes.Interface
	Dynamic   dynamic.Interface
	Metadata  metadata.Interface
	Namespace string
	// Forward forwards a port of this machine to a port of a pod until closeIt is called.
	Forward func(ctx context.Context, pod string, port int) (url string, closeIt func(), err error)
	// As makes a client that impersonates a user, which takes the right to impersonate.
	As func(user string) (kubernetes.Interface, error)
}

// Runs are an experiment's runs in the namespace.
func (c *Cluster) Runs(exp *experiment.Experiment) *runs.Runs {
	return runs.Of(c.Client, c.Namespace, exp)
}

// Connect finds the cluster as kubectl would.
func Connect(a kubeapi.Access) (*Cluster, error) {
	config, namespace, err := a.Config()
	if err != nil {
		return nil, err
	}
	return connect(config, namespace)
}

func connect(config *rest.Config, namespace string) (*Cluster, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	meta, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	c := &Cluster{REST: config, Client: client, Dynamic: dyn, Metadata: meta, Namespace: namespace}
	// c.Namespace may change later: the experiment may name another than the context.
	c.Forward = func(ctx context.Context, pod string, port int) (string, func(), error) {
		return kubeapi.Forward(ctx, c.REST, c.Namespace, pod, port)
	}
	c.As = impersonator(config)
	return c, nil
}
