package kube

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

// TestLeftNamesItsAuthor: whoever reset the replicas is named where the count is left.
func TestLeftNamesItsAuthor(t *testing.T) {
	c := newFakeCluster(t, map[string]int{"inference": original, "locust-master": 0, "locust-worker": 0})
	p := c.platform(nil)
	c.must(p.Acquire(t.Context(), platform.Holder{Run: "r", Detail: "test"}))
	c.must(p.Scale(t.Context(), platform.Target, 1))
	before, err := p.Status(t.Context(), platform.Target)
	c.must(err)
	c.set("inference", 7)
	d := c.get("inference")
	d.SetManagedFields([]metav1.ManagedFieldsEntry{
		{Manager: "argocd-controller", Time: &metav1.Time{Time: time.Unix(1_000_000_000, 0)}, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`)},
	})
	d.SetResourceVersion("100000")
	c.must(c.dynamic.Tracker().Update(deployments(), d, testNamespace))
	const author = ", by argocd-controller at 2001-09-09T01:46:40Z"
	eventuallySeen(t, p, func(st platform.Status) bool { return st.Changed.Since(before.Changed).String() == author })
	if err := p.Scale(t.Context(), platform.Target, 2); err == nil || !strings.Contains(err.Error(), "to 7 replicas meanwhile"+author) {
		t.Errorf("Scale: %v", err)
	}
	if err := p.Release(t.Context()); err == nil || !strings.Contains(err.Error(), "(it was found with 3)"+author) {
		t.Errorf("Release: %v", err)
	}
}

// eventuallySeen waits until the target's status is as wanted.
func eventuallySeen(t *testing.T, p *Platform, ok func(platform.Status) bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		st, err := p.Status(t.Context(), platform.Target)
		if err == nil && ok(st) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never seen: %+v, %v", st, err)
		}
	}
}

func TestFrontOf(t *testing.T) {
	service := func(edit func(*corev1.ServiceSpec)) *corev1.Service {
		svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "shop"}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "shop"}, Ports: []corev1.ServicePort{{Port: 80}}, SessionAffinity: corev1.ServiceAffinityNone,
		}}
		edit(&svc.Spec)
		return svc
	}
	was := frontOf(service(func(*corev1.ServiceSpec) {}))
	if was.Sticky != "" {
		t.Errorf("sticky: %s", was.Sticky)
	}
	now := frontOf(service(func(s *corev1.ServiceSpec) {
		s.Selector, s.Ports[0].Port, s.SessionAffinity = nil, 81, corev1.ServiceAffinityClientIP
	}))
	want := []string{
		"the ports of Service shop changed from 80→0 to 81→0",
		"the selector of Service shop changed from app=shop to none",
		"the session affinity of Service shop changed from None to ClientIP",
	}
	if diff := cmp.Diff(want, now.Traits.Since(was.Traits)); diff != "" || !strings.Contains(now.Sticky, "sessionAffinity: ClientIP") {
		t.Errorf("sticky %q (-want +got):\n%s", now.Sticky, diff)
	}
}
