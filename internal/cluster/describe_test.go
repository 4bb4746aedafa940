package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/draft"
)

func shop() *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "ns"},
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(3)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "shop"}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "shop", "tier": "web"}},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "shop", Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 8000}, {Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP}, {ContainerPort: 9090}},
					ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "ready"}}},
				}}},
			},
		},
	}
}

func service(name string, selector map[string]string, ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}, Spec: corev1.ServiceSpec{ClusterIP: "10.0.0.1", Selector: selector, Ports: ports}}
}

// TestDescribe: what the cluster knows of a Deployment, by its Service, probe and autoscaler.
func TestDescribe(t *testing.T) {
	toWeb := corev1.ServicePort{Name: "http", Port: 80, TargetPort: intstr.FromString("web")}
	metrics := corev1.ServicePort{Name: "metrics", Port: 9090}
	headlessOne := service("a-headless", map[string]string{"app": "shop"}, toWeb)
	headlessOne.Spec.ClusterIP = corev1.ClusterIPNone
	base := draft.Deployment{Name: "shop", Namespace: "ns", Replicas: 3, Ports: []int{8000, 9090}, ReadyPath: "/ready"}
	for name, tc := range map[string]struct {
		objects []runtime.Object
		want    func(*draft.Deployment)
	}{
		"alone": {nil, func(*draft.Deployment) {}},
		"a Service": {
			[]runtime.Object{service("front", map[string]string{"app": "shop"}, metrics, toWeb), service("other", map[string]string{"app": "bank"}, toWeb), service("byhand", nil, toWeb)},
			func(d *draft.Deployment) { d.Service, d.URL, d.Port = "front", "http://front:80", 8000 },
		},
		"one with an address before one without": {
			[]runtime.Object{headlessOne, service("front", map[string]string{"tier": "web"}, corev1.ServicePort{Port: 443, TargetPort: intstr.FromInt32(8443)})},
			func(d *draft.Deployment) {
				d.Service, d.URL, d.Port = "front", "https://front:443", 8443
			},
		},
		"a headless one": {
			[]runtime.Object{headlessOne},
			func(d *draft.Deployment) { d.Service, d.URL, d.Port = "a-headless", "http://a-headless:8000", 8000 },
		},
		"an autoscaler": {
			[]runtime.Object{
				&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "other", Namespace: "ns"}, Spec: autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: "bank"}}},
				&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "hpa", Namespace: "ns"}, Spec: autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: "shop"}, MinReplicas: new(int32(2)), MaxReplicas: 9}},
			},
			func(d *draft.Deployment) { d.Autoscaler = "HorizontalPodAutoscaler hpa (2 to 9 replicas)" },
		},
		"KEDA": {
			[]runtime.Object{&autoscalingv2.HorizontalPodAutoscaler{
				ObjectMeta: metav1.ObjectMeta{Name: "keda-hpa-so", Namespace: "ns", OwnerReferences: []metav1.OwnerReference{{Kind: "ScaledObject", Name: "so", Controller: new(true)}}},
				Spec:       autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: "shop"}, MaxReplicas: 4},
			}},
			func(d *draft.Deployment) { d.Autoscaler = "ScaledObject so (1 to 4 replicas)" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Cluster{Client: fake.NewClientset(append(tc.objects, shop())...), Namespace: "ns"}
			got, err := c.Describe(t.Context(), "shop")
			if err != nil {
				t.Fatal(err)
			}
			want := base
			tc.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDescribeNothing(t *testing.T) {
	namespaceCalled := func(name string) *corev1.Namespace {
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	}
	c := &Cluster{Client: fake.NewClientset(shop(), namespaceCalled("ns"), namespaceCalled("empty")), Namespace: "ns"}
	const want = "there is no Deployment shup in namespace ns, which has shop; name another namespace with -n"
	if _, err := c.Describe(t.Context(), "shup"); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	c.Namespace = "empty"
	if _, err := c.Describe(t.Context(), "shop"); err == nil || !strings.Contains(err.Error(), "there is no Deployment shop in namespace empty; name another namespace with -n") {
		t.Errorf("%v", err)
	}
	c.Namespace = "nowhere"
	const absent = "there is no namespace nowhere; give another with -n, or create it: `kubectl create namespace nowhere`"
	if _, err := c.Describe(t.Context(), "shop"); err == nil || err.Error() != absent {
		t.Errorf("%v, want %s", err, absent)
	}
}

// TestReach looks for a pod that is ready, and forwards to it.
func TestReachDeployment(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "shop-1", Namespace: "ns", Labels: map[string]string{"app": "shop"}}}
	c := &Cluster{Client: fake.NewClientset(shop(), pod), Namespace: "ns"}
	if _, _, err := c.Reach(t.Context(), "shop", 8000); err == nil || err.Error() != "no pod of Deployment shop is ready" {
		t.Errorf("%v", err)
	}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	c.Client = fake.NewClientset(shop(), pod)
	c.Forward = func(_ context.Context, pod string, port int) (string, func(), error) {
		if pod != "shop-1" || port != 8000 {
			return "", nil, errors.New("another pod or port")
		}
		return "http://127.0.0.1:1", func() {}, nil
	}
	if url, _, err := c.Reach(t.Context(), "shop", 8000); err != nil || url != "http://127.0.0.1:1" {
		t.Errorf("%s, %v", url, err)
	}
}
