package kube

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// TestFactsOfAnUnguessablePlural takes the resource from discovery: the usual guess at
// the plural of Gateway is gatewaies.
func TestFactsOfAnUnguessablePlural(t *testing.T) {
	c := shop(t)
	gateways := schema.GroupVersionResource{Group: "serving.example", Version: "v1", Resource: "gateways"}
	dyn := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{gateways: "GatewayList"})
	dyn.PrependReactor("get", "gateways", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if action.GetSubresource() != "scale" {
			return false, nil, nil
		}
		return true, &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"selector": "app=edge"}}}, nil
	})
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.AddSpecific(gateways.GroupVersion().WithKind("Gateway"), gateways, gateways.GroupVersion().WithResource("gateway"), meta.RESTScopeNamespace)
	facts := &kubeapi.Facts{Clients: &kubeapi.Clients{Namespace: testNamespace, Typed: c.typed, Dynamic: dyn, Mapper: mapper}}
	w, err := facts.Workload(t.Context(), v1alpha1.ScaleTargetRef{APIVersion: "serving.example/v1", Kind: "Gateway", Name: "edge"})
	if err != nil || w.Resource() != gateways || w.Selector != "app=edge" {
		t.Errorf("%+v, %v", w, err)
	}
	_, err = facts.Workload(t.Context(), v1alpha1.ScaleTargetRef{APIVersion: "serving.example/v1", Kind: "Gate", Name: "edge"})
	if err == nil || !strings.Contains(err.Error(), "the cluster has no kind Gate in serving.example/v1") {
		t.Errorf("a kind that is not there: %v", err)
	}
}

// TestKEDAUnseen finds a ScaledObject by the HorizontalPodAutoscaler that KEDA makes,
// where ScaledObjects may not be listed, as by the admin of a namespace.
func TestKEDAUnseen(t *testing.T) {
	deny := func(verb string, c *fakeCluster) {
		c.dynamic.PrependReactor(verb, "scaledobjects", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(kubeapi.ScaledObjects().GroupResource(), "", nil)
		})
	}
	for _, tt := range []struct {
		name   string
		hpa    string // its owner; "none" means that there is no HorizontalPodAutoscaler
		get    bool
		pause  bool
		want   string // of the error
		scaler string
	}{
		{name: "nobody scales it", hpa: "none"},
		{name: "somebody's autoscaler", pause: true, scaler: "HorizontalPodAutoscaler scaler"},
		{name: "KEDA's is refused", hpa: "keda", want: "ScaledObject keda scales Deployment inference"},
		{name: "KEDA's cannot be held", hpa: "keda", pause: true, want: "reading ScaledObject keda"},
		{name: "KEDA's may be read", hpa: "keda", get: true, pause: true, scaler: "ScaledObject keda"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := shop(t)
			c.typed.Resources = []*metav1.APIResourceList{{GroupVersion: "keda.sh/v1alpha1"}}
			deny("list", c)
			if !tt.get {
				deny("get", c)
			}
			c.addScaledObject(map[string]any{kubeapi.PausedReplicas: "4"})
			if tt.hpa != "none" {
				c.addHPA("inference")
				c.own("scaler", tt.hpa)
			}
			policy := v1alpha1.AutoscalerRefuse
			if tt.pause {
				policy = v1alpha1.AutoscalerPause
			}
			p := c.platform(func(cfg *settings) { cfg.Autoscaler = policy })
			err := p.Acquire(t.Context(), platform.Holder{Run: "a"})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if err != nil {
				return
			}
			s, _ := p.session()
			if got := s.scaler; (got == nil) != (tt.scaler == "") || got != nil && got.String() != tt.scaler {
				t.Errorf("it is held through %v, want %q", got, tt.scaler)
			}
			if k, ok := s.scaler.(*kubeapi.KEDA); ok && (k.Paused == nil || *k.Paused != "4") {
				t.Errorf("how it was found is not known: %+v", k)
			}
			if err := p.Release(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// own makes a ScaledObject the controller of a HorizontalPodAutoscaler.
func (c *fakeCluster) own(hpa, scaledObject string) {
	c.t.Helper()
	if scaledObject == "" {
		return
	}
	hpas := c.typed.AutoscalingV2().HorizontalPodAutoscalers(testNamespace)
	o, err := hpas.Get(c.t.Context(), hpa, metav1.GetOptions{})
	c.must(err)
	yes := true
	o.OwnerReferences = []metav1.OwnerReference{{APIVersion: "keda.sh/v1alpha1", Kind: kubeapi.KindKEDA, Name: scaledObject, Controller: &yes}}
	_, err = hpas.Update(c.t.Context(), o, metav1.UpdateOptions{})
	c.must(err)
}
