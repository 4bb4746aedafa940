//go:build cluster

package kube

import (
	"os"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// objects are the kinds and names of everything in the namespace, except events, metrics,
// and what controllers make for the target.
func (l *lab) objects() []string {
	l.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(envKubeconfig))
	if err != nil {
		l.t.Fatal(err)
	}
	config.QPS, config.Burst, config.WarningHandler = 100, 200, rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		l.t.Fatal(err)
	}
	lists, err := discovery.ServerPreferredNamespacedResources(l.client.Discovery())
	if err != nil {
		l.t.Fatal(err)
	}
	var names []string
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			l.t.Fatal(err)
		}
		if gv.Group == "metrics.k8s.io" {
			continue
		}
		for _, r := range list.APIResources {
			if !slices.Contains(r.Verbs, "list") || r.Kind == "Event" {
				continue
			}
			found, err := client.Resource(gv.WithResource(r.Name)).Namespace(l.ns).List(l.t.Context(), metav1.ListOptions{})
			if err != nil {
				l.t.Fatalf("listing %s: %v", r.Name, err)
			}
			for _, o := range found.Items {
				if !madeForTarget(o) {
					names = append(names, r.Kind+" "+o.GetName())
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// madeForTarget tells whether it is a pod of the target or the like, whose names change with scaling.
func madeForTarget(o unstructured.Unstructured) bool {
	return metav1.GetControllerOf(&o) != nil && strings.HasPrefix(o.GetName(), "inference-")
}
