package kube

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// one mirrors a single object. With its name in the field selector, a Role may restrict the
// right to that name.
func one(o kubeapi.Object) *mirror {
	named := fields.OneTermEqualSelector(metav1.ObjectNameField, o.Ref.Name).String()
	return newMirror(&mirror{
		what: kubeapi.Describe(o.Ref),
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			opts.FieldSelector = named
			return o.Client.List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			opts.FieldSelector = named
			return o.Client.Watch(ctx, opts)
		},
		keep: func(object metav1.Object) bool { return object.GetName() == o.Ref.Name },
	})
}

// podsOf mirrors the pods that a label selector matches.
func podsOf(c *kubeapi.Clients, selector string) *mirror {
	return newMirror(&mirror{
		what: "pods " + selector,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			opts.LabelSelector = selector
			return c.Typed.CoreV1().Pods(c.Namespace).List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			opts.LabelSelector = selector
			return c.Typed.CoreV1().Pods(c.Namespace).Watch(ctx, opts)
		},
		keep: labelled(selector),
	})
}

// labelled applies a selector once more: not every proxy and fake does.
func labelled(selector string) func(metav1.Object) bool {
	parsed, err := labels.Parse(selector)
	if err != nil {
		return nil // then the server says what is wrong with it
	}
	return func(o metav1.Object) bool { return parsed.Matches(labels.Set(o.GetLabels())) }
}

// slicesOf mirrors the EndpointSlices of a Service.
func slicesOf(c *kubeapi.Clients, service string) *mirror {
	selector := discoveryv1.LabelServiceName + "=" + service
	return newMirror(&mirror{
		what: "the endpoints of Service " + service,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			opts.LabelSelector = selector
			return c.Typed.DiscoveryV1().EndpointSlices(c.Namespace).List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			opts.LabelSelector = selector
			return c.Typed.DiscoveryV1().EndpointSlices(c.Namespace).Watch(ctx, opts)
		},
		keep: labelled(selector),
	})
}

// eventsOf mirrors the namespace's events about objects that keep selects.
func eventsOf(c *kubeapi.Clients, keep func(ref corev1.ObjectReference) bool) *mirror {
	return newMirror(&mirror{
		what: "events",
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return c.Typed.CoreV1().Events(c.Namespace).List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			return c.Typed.CoreV1().Events(c.Namespace).Watch(ctx, opts)
		},
		keep: func(o metav1.Object) bool {
			e, ok := o.(*corev1.Event)
			return ok && keep(e.InvolvedObject)
		},
	})
}
