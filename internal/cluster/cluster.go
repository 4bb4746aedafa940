package cluster

import (
	"context"
	"fmt"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// Cluster is a namespace of a cluster, with a person's rights.
type Cluster struct {
	REST      *rest.Config
	Client    kubernetes.Interface
	Dynamic   dynamic.Interface
	Metadata  metadata.Interface
	Namespace string
	// Forward opens a way from this machine to a port of a pod; close ends it.
	Forward func(ctx context.Context, pod string, port int) (url string, closeIt func(), err error)
	// As is a client that acts in somebody else's name, which is a right of its own.
	As func(user string) (kubernetes.Interface, error)
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
	// The namespace is read when it is used: the experiment may name another than the context.
	c.Forward = func(ctx context.Context, pod string, port int) (string, func(), error) {
		return kubeapi.Forward(ctx, c.REST, c.Namespace, pod, port)
	}
	c.As = impersonator(config)
	return c, nil
}
