package kube

import (
	"errors"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// TestAstray: what a Service is, and what it sends to, are looked at before anything is
// scaled.
func TestAstray(t *testing.T) {
	service := func(edit func(*corev1.ServiceSpec)) func(*fakeCluster) {
		svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "inference", Namespace: testNamespace}, Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "inference"}}}
		edit(&svc.Spec)
		return func(c *fakeCluster) { c.must(c.typed.Tracker().Add(svc)) }
	}
	sends := func(edit func([]discoveryv1.Endpoint) []discoveryv1.Endpoint) func(*fakeCluster) {
		return func(c *fakeCluster) {
			resource := discoveryv1.SchemeGroupVersion.WithResource("endpointslices")
			o, err := c.typed.Tracker().Get(resource, testNamespace, "inference")
			c.must(err)
			slice := o.(*discoveryv1.EndpointSlice) //nolint:forcetypeassert // what was asked for
			slice.Endpoints = edit(slice.Endpoints)
			c.must(c.typed.Tracker().Update(resource, slice, testNamespace))
		}
	}
	tests := map[string]struct {
		edit func(*fakeCluster)
		want string
	}{
		"as it should be": {service(func(*corev1.ServiceSpec) {}), ""},
		"not readable":    {func(*fakeCluster) {}, ""},
		"another target":  {service(func(s *corev1.ServiceSpec) { s.Selector["app"] = "gateway" }), "Service inference sends to pods with app=gateway, but Deployment inference in namespace shop is what would be scaled"},
		"another name": {
			service(func(s *corev1.ServiceSpec) {
				s.Selector, s.Type, s.ExternalName = nil, corev1.ServiceTypeExternalName, "inference.prod.svc.cluster.local"
			}), "Service inference is another name for inference.prod.svc.cluster.local, but",
		},
		"others beside": {
			sends(func(e []discoveryv1.Endpoint) []discoveryv1.Endpoint {
				return append(e, discoveryv1.Endpoint{TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: "stranger", UID: "9"}})
			}), "Service inference sends to Pod stranger, but",
		},
		"an address by hand": {
			sends(func([]discoveryv1.Endpoint) []discoveryv1.Endpoint {
				return []discoveryv1.Endpoint{{Addresses: []string{"10.1.2.3"}}}
			}), "Service inference sends to 10.1.2.3, but",
		},
		"nobody": {sends(func([]discoveryv1.Endpoint) []discoveryv1.Endpoint { return nil }), "Service inference sends to none of 3 ready pods, but"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newFakeCluster(t, map[string]int{"inference": original, "locust-master": 0, "locust-worker": 0})
			tt.edit(c)
			p := c.platform(func(cfg *settings) { cfg.stale = 200 * time.Millisecond })
			err := p.Acquire(t.Context(), platform.Holder{Run: "r", Detail: "test"})
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Release(t.Context()); err != nil {
					t.Error(err)
				}
				return
			}
			var permanent *platform.PermanentError
			if !errors.As(err, &permanent) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("acquired, or refused with %v, want %q", err, tt.want)
			}
			_, err = c.typed.Tracker().Get(coordinationv1.SchemeGroupVersion.WithResource("leases"), testNamespace, "swarmgrid-deployment-inference")
			if n := c.count("inference"); n != original || !apierrors.IsNotFound(err) {
				t.Errorf("afterwards the target has %d replicas, and its Lease is there: %v", n, err)
			}
		})
	}
}

// TestAstrayForAMoment: endpoints of pods that are just gone are waited for.
func TestAstrayForAMoment(t *testing.T) {
	c := newFakeCluster(t, map[string]int{"inference": original, "locust-master": 0, "locust-worker": 0})
	resource := discoveryv1.SchemeGroupVersion.WithResource("endpointslices")
	o, err := c.typed.Tracker().Get(resource, testNamespace, "inference")
	c.must(err)
	late := o.DeepCopyObject().(*discoveryv1.EndpointSlice) //nolint:forcetypeassert // what was asked for
	late.Endpoints = append(late.Endpoints, discoveryv1.Endpoint{TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: "gone", UID: "9"}})
	c.must(c.typed.Tracker().Update(resource, late, testNamespace))
	p := c.platform(func(cfg *settings) { cfg.stale = time.Minute })
	acquired := make(chan error, 1)
	go func() { acquired <- p.Acquire(t.Context(), platform.Holder{Run: "r", Detail: "test"}) }()
	select {
	case err := <-acquired:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(3 * frontPause):
	}
	c.change("inference", func() {})
	if err := <-acquired; err != nil {
		t.Fatal(err)
	}
	c.must(p.Release(t.Context()))
}
