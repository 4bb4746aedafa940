package kubeapi

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Access says which cluster, as kubectl's options of the same names do.
type Access struct {
	Kubeconfig, Context, Namespace string
	// Over may put something over the connections to the API server, as a log; nil is nothing.
	Over func(http.RoundTripper) http.RoundTripper
}

// clientRate is high enough that a verb never waits for its own limiter.
const clientRate = 50

// Config finds the cluster as kubectl would: the given file, else KUBECONFIG,
// else ~/.kube/config, else the pod's own service account.
func (a Access) Config() (config *rest.Config, namespace string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	loader := a.loader(rules)
	config, err = loader.ClientConfig()
	if err != nil {
		return nil, "", noCluster(err, rules)
	}
	namespace, _, err = loader.Namespace()
	if err != nil {
		return nil, "", noCluster(err, rules)
	}
	if a.Over != nil {
		config.Wrap(a.Over)
	}
	return named(config), namespace, nil
}

func (a Access) loader(rules *clientcmd.ClientConfigLoadingRules) clientcmd.ClientConfig {
	rules.ExplicitPath = a.Kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: a.Context}
	overrides.Context.Namespace = a.Namespace
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
}

// ContextNamespace is where Config's user would be, by the kubeconfig alone: no cluster is
// asked. It is empty where there is no kubeconfig that can be read, or none with that context.
func (a Access) ContextNamespace() string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.Warner = func(error) {} // what needs the cluster says it
	loader := a.loader(rules)
	if raw, err := loader.RawConfig(); err != nil || len(raw.Contexts) == 0 {
		return ""
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return ""
	}
	return namespace
}

// NoKubeconfigError says that nothing names a cluster.
type NoKubeconfigError struct {
	// Absent are the files that KUBECONFIG names and that are not there.
	Absent []string
}

// Error says how to name one.
func (e *NoKubeconfigError) Error() string {
	switch len(e.Absent) {
	case 0:
		return "finding the cluster: no kubeconfig; set KUBECONFIG or give --kubeconfig"
	case 1:
		return fmt.Sprintf("finding the cluster: KUBECONFIG names %s, which is not there; correct it, or give --kubeconfig", e.Absent[0])
	}
	return fmt.Sprintf("finding the cluster: KUBECONFIG names %s, which are not there; correct it, or give --kubeconfig", strings.Join(e.Absent, " and "))
}

// absentKubeconfigs are the files of KUBECONFIG that are not there. The rules have read the
// variable, and want to warn of its files only.
func absentKubeconfigs(rules *clientcmd.ClientConfigLoadingRules) (absent []string) {
	if !rules.WarnIfAllMissing {
		return nil
	}
	for _, path := range rules.Precedence {
		if _, err := os.Stat(path); path != "" && errors.Is(err, fs.ErrNotExist) {
			absent = append(absent, path)
		}
	}
	return absent
}

func noCluster(err error, rules *clientcmd.ClientConfigLoadingRules) error {
	if clientcmd.IsEmptyConfig(err) {
		return &NoKubeconfigError{absentKubeconfigs(rules)}
	}
	return fmt.Errorf("finding the cluster: %w", err)
}

// ConfigInside is for the service account of the pod that this is. It tells when
// the API server is away.
func ConfigInside(tell func(string)) (*rest.Config, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w; --in-cluster is for pods", err)
	}
	return fromInside(named(config), tell), nil
}

// named says who asks, and asks as fast as a verb wants.
func named(config *rest.Config) *rest.Config {
	config.QPS, config.Burst = clientRate, 2*clientRate
	config.UserAgent = "swarmgrid"
	return config
}

// fromInside goes straight to the API server: it is next door, and a proxy that the pod's
// variables name is for the world outside.
func fromInside(config *rest.Config, tell func(string)) *rest.Config {
	config.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	o := &outage{server: config.Host, tell: tell}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return o.watch(next)
	})
	return config
}
