//go:build cluster

package cluster

import (
	"context"
	"slices"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// TestTargetOfAnyKind finds a Gateway, whose plural the usual guess has wrong, and lets
// the driver scale that.
func TestTargetOfAnyKind(t *testing.T) {
	c := realCluster(t)
	group := c.Namespace + ".example" // nobody else's
	gateways := schema.GroupVersionResource{Group: group, Version: "v1", Resource: "gateways"}
	defineGateway(t, c, group)
	edge := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/v1", "kind": "Gateway", "metadata": map[string]any{"name": "edge"}, "spec": map[string]any{"replicas": int64(2)},
	}}
	deadline := time.Now().Add(20 * time.Second)
	for { // until the kind is served
		_, err := c.Dynamic.Resource(gateways).Namespace(c.Namespace).Create(t.Context(), edge, metav1.CreateOptions{})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	exp, err := experiment.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: it, namespace: "+c.Namespace+
		"}\nspec: {target: {url: \"http://edge\", scaleTargetRef: {apiVersion: "+group+"/v1, kind: Gateway, name: edge}}, load: {builtin: forecasting}}"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := c.Objects(t.Context(), exp)
	if err != nil {
		t.Fatal(err)
	}
	scale := func(r rbacv1.PolicyRule) bool {
		return slices.Contains(r.Resources, "gateways/scale") && slices.Contains(r.APIGroups, group)
	}
	if rules := roleOf(set).Rules; !slices.ContainsFunc(rules, scale) {
		t.Errorf("the driver may not scale it: %+v", rules)
	}
}

func defineGateway(t *testing.T, c *Cluster, group string) {
	t.Helper()
	definitions := c.Dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	_, err := definitions.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": "gateways." + group},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced", "names": map[string]any{"plural": "gateways", "singular": "gateway", "kind": "Gateway"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema":       map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
				"subresources": map[string]any{"status": map[string]any{}, "scale": map[string]any{"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"}},
			}},
		},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := definitions.Delete(context.Background(), "gateways."+group, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}
