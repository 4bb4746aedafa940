package cluster

import (
	"context"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// targetFacts asks the cluster what an experiment does not say about its target.
func (c *Cluster) targetFacts(ctx context.Context, t v1alpha1.Target) (manifests.Options, error) {
	ref := t.ScaleTargetRef
	if ref == nil {
		return manifests.Options{}, nil
	}
	group, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return manifests.Options{}, fmt.Errorf("spec.target.scaleTargetRef.apiVersion: %w", err)
	}
	resource, _ := meta.UnsafeGuessKindToResource(group.WithKind(ref.Kind))
	scale, err := c.Dynamic.Resource(resource).Namespace(c.Namespace).Get(ctx, ref.Name, metav1.GetOptions{}, "scale")
	if apierrors.IsNotFound(err) {
		return manifests.Options{}, fmt.Errorf("the target, %s %s, is not in namespace %s; deploy it first, or give another -n", ref.Kind, ref.Name, c.Namespace)
	}
	if err != nil {
		return manifests.Options{}, fmt.Errorf("reading the scale of %s %s: %w", ref.Kind, ref.Name, explain(err))
	}
	opts := manifests.Options{TargetLabels: podLabels(scale)}
	if t.Autoscaler == v1alpha1.AutoscalerPause {
		opts.Autoscalers, err = c.autoscalers(ctx, *ref)
	}
	return opts, err
}

// podLabels are a scale's selector, as far as it is plain; what cannot be said
// that way is left to manifests' default.
func podLabels(scale *unstructured.Unstructured) map[string]string {
	text, _, _ := unstructured.NestedString(scale.Object, "status", "selector")
	set, err := labels.ConvertSelectorToLabelsMap(text)
	if err != nil || len(set) == 0 {
		return nil
	}
	return set
}

// scaledObjects is KEDA's kind.
var scaledObjects = schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"} //nolint:gochecknoglobals // a constant that Go cannot declare as such

// autoscalers are the names of what scales the target, which autoscaler: pause holds.
func (c *Cluster) autoscalers(ctx context.Context, ref v1alpha1.ScaleTargetRef) ([]string, error) {
	hpas, err := c.Client.AutoscalingV2().HorizontalPodAutoscalers(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing HorizontalPodAutoscalers: %w", explain(err))
	}
	var names []string
	for _, h := range hpas.Items {
		if scales(h.Spec.ScaleTargetRef, ref) {
			names = append(names, h.Name)
		}
	}
	keda, err := c.Dynamic.Resource(scaledObjects).Namespace(c.Namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return names, nil // a cluster without KEDA
	}
	if err != nil {
		return nil, fmt.Errorf("listing ScaledObjects: %w", explain(err))
	}
	for _, o := range keda.Items {
		name, _, _ := unstructured.NestedString(o.Object, "spec", "scaleTargetRef", "name")
		if name == ref.Name {
			names = append(names, o.GetName())
		}
	}
	return names, nil
}

func scales(h autoscalingv2.CrossVersionObjectReference, ref v1alpha1.ScaleTargetRef) bool {
	return h.Kind == ref.Kind && h.Name == ref.Name
}
