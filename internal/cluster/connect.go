package cluster

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Access says which cluster, as kubectl's options of the same names do.
type Access struct {
	Kubeconfig, Context, Namespace string
	// Over may put something over the connections to the API server, as a log; nil is nothing.
	Over func(http.RoundTripper) http.RoundTripper
}

// Cluster is a namespace of a cluster, with a person's rights or a driver's.
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

// clientRate is high enough that a verb never waits for its own limiter.
const clientRate = 50

// Connect finds the cluster as kubectl would: the given file, else KUBECONFIG,
// else ~/.kube/config, else the pod's own service account.
func Connect(a Access) (*Cluster, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = a.Kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: a.Context}
	overrides.Context.Namespace = a.Namespace
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, noCluster(err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, noCluster(err)
	}
	if a.Over != nil {
		config.Wrap(a.Over)
	}
	return connect(config, namespace)
}

// NoKubeconfigError says that nothing names a cluster.
type NoKubeconfigError struct{}

// Error says how to name one.
func (*NoKubeconfigError) Error() string {
	return "finding the cluster: no kubeconfig; set KUBECONFIG or give --kubeconfig"
}

func noCluster(err error) error {
	if clientcmd.IsEmptyConfig(err) {
		return &NoKubeconfigError{}
	}
	return fmt.Errorf("finding the cluster: %w", err)
}

// Inside connects with the service account of the pod that this is. It tells when
// the API server is away.
func Inside(namespace string, tell func(string)) (*Cluster, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w; --in-cluster is for pods", err)
	}
	return connect(fromInside(config, tell), namespace)
}

// fromInside goes straight to the API server: it is next door, and a proxy that the pod's
// variables name is for the world outside.
func fromInside(config *rest.Config, tell func(string)) *rest.Config {
	config.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	r := &reach{server: config.Host, tell: tell}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return r.over(next)
	})
	return config
}

func connect(config *rest.Config, namespace string) (*Cluster, error) {
	config.QPS, config.Burst = clientRate, 2*clientRate
	config.UserAgent = "swarmgrid"
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
	c.Forward, c.As = forwarder(c), impersonator(config)
	return c, nil
}
