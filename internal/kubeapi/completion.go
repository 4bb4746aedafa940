package kubeapi

import (
	"context"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Contexts are the names of the kubeconfig's contexts, in order; none where there is no
// kubeconfig that can be read.
func Contexts(a Access) []string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = a.Kubeconfig
	rules.Warner = func(error) {} // a shell completes at a prompt, where nothing may be said
	config, err := rules.Load()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(config.Contexts))
}

// Namespaces are the names of the cluster's namespaces; none where ctx ends first, or the
// caller may not list them.
func Namespaces(ctx context.Context, a Access) []string {
	found := make(chan []string, 1)
	// A plugin of the kubeconfig that asks for a password knows nothing of ctx.
	go func() { found <- listNamespaces(ctx, a) }()
	select {
	case names := <-found:
		return names
	case <-ctx.Done():
		return nil
	}
}

func listNamespaces(ctx context.Context, a Access) []string {
	config, _, err := a.Config()
	if err != nil {
		return nil
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil
	}
	list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil
	}
	var names []string
	for _, n := range list.Items {
		names = append(names, n.Name)
	}
	return names
}
