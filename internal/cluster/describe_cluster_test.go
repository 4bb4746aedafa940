//go:build cluster

package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/draft"
)

// TestDescribeOnARealServer: what a server fills in by itself does not change what is said.
func TestDescribeOnARealServer(t *testing.T) {
	c := realCluster(t)
	d := shop()
	d.Namespace, d.Spec.Replicas = "", new(int32(0)) // no pod need run
	d.Spec.Template.Spec.Containers[0].Image = "swarmgrid.dev/inference-sim:dev"
	d.Spec.Template.Spec.Containers[0].ReadinessProbe.HTTPGet.Port = intstr.FromString("web")
	front := service("front", map[string]string{"app": "shop"}, corev1.ServicePort{Name: "http", Port: 80, TargetPort: intstr.FromString("web")})
	front.Namespace, front.Spec.ClusterIP = "", ""
	hpa := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "hpa"}, Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "shop"}, MinReplicas: new(int32(2)), MaxReplicas: 9,
	}}
	_, err := c.Client.CoreV1().Services(c.Namespace).Create(t.Context(), front, metav1.CreateOptions{})
	if err == nil {
		_, err = c.Client.AutoscalingV2().HorizontalPodAutoscalers(c.Namespace).Create(t.Context(), hpa, metav1.CreateOptions{})
	}
	if err == nil {
		_, err = c.Client.AppsV1().Deployments(c.Namespace).Create(t.Context(), d, metav1.CreateOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Describe(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	want := draft.Deployment{
		Name: "shop", Namespace: c.Namespace, Ports: []int{8000, 9090}, ReadyPath: "/ready",
		Service: "front", URL: "http://front:80", Port: 8000, Autoscaler: "HorizontalPodAutoscaler hpa (2 to 9 replicas)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, _, err := c.Reach(t.Context(), "shop", 8000); err == nil || err.Error() != "no pod of Deployment shop is ready" {
		t.Errorf("%v", err)
	}
}
