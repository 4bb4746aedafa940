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
)

// one mirrors a single object. Naming it in the field selector lets a Role name it too.
func one(o object) *mirror {
	named := fields.OneTermEqualSelector(metav1.ObjectNameField, o.ref.Name).String()
	return newMirror(&mirror{
		what: describe(o.ref),
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			opts.FieldSelector = named
			return o.client.List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			opts.FieldSelector = named
			return o.client.Watch(ctx, opts)
		},
		keep: func(object metav1.Object) bool { return object.GetName() == o.ref.Name },
	})
}

// pods mirrors the pods that a label selector matches.
func (c *clients) pods(selector string) *mirror {
	return newMirror(&mirror{
		what: "pods " + selector,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			opts.LabelSelector = selector
			return c.typed.CoreV1().Pods(c.namespace).List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			opts.LabelSelector = selector
			return c.typed.CoreV1().Pods(c.namespace).Watch(ctx, opts)
		},
		keep: labelled(selector),
	})
}

// labelled picks what a selector matches: the server does that too, but not every
// proxy and fake.
func labelled(selector string) func(metav1.Object) bool {
	parsed, err := labels.Parse(selector)
	if err != nil {
		return nil // then the server says what is wrong with it
	}
	return func(o metav1.Object) bool { return parsed.Matches(labels.Set(o.GetLabels())) }
}

// slices mirrors the EndpointSlices of a Service.
func (c *clients) slices(service string) *mirror {
	selector := discoveryv1.LabelServiceName + "=" + service
	return newMirror(&mirror{
		what: "the endpoints of Service " + service,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			opts.LabelSelector = selector
			return c.typed.DiscoveryV1().EndpointSlices(c.namespace).List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			opts.LabelSelector = selector
			return c.typed.DiscoveryV1().EndpointSlices(c.namespace).Watch(ctx, opts)
		},
		keep: labelled(selector),
	})
}

// events mirrors the namespace's events about objects that keep names.
func (c *clients) events(keep func(ref corev1.ObjectReference) bool) *mirror {
	return newMirror(&mirror{
		what: "events",
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return c.typed.CoreV1().Events(c.namespace).List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			return c.typed.CoreV1().Events(c.namespace).Watch(ctx, opts)
		},
		keep: func(o metav1.Object) bool {
			e, ok := o.(*corev1.Event)
			return ok && keep(e.InvolvedObject)
		},
	})
}
