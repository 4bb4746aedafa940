package kube

import (
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

func TestServiceCheck(t *testing.T) {
	tests := map[string]struct {
		selector map[string]string
		ports    []int32
		stranger bool
		problem  string
	}{
		"good":           {map[string]string{"app": "inference"}, []int32{8000}, false, ""},
		"wrong selector": {map[string]string{"app": "inferense"}, []int32{8000}, false, "Service inference selects app=inferense, but the pods of Deployment inference have app=inference"},
		"too wide":       {map[string]string{"app": "inference"}, []int32{8000}, true, "also selects pods that are not of Deployment inference: stranger"},
		"no such port":   {map[string]string{"app": "inference"}, []int32{80, 443}, false, "has no port 8000, which http://inference:8000 asks for; it has 443, 80"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := shop(t)
			svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "inference", Namespace: testNamespace}, Spec: corev1.ServiceSpec{Selector: test.selector}}
			for _, port := range test.ports {
				svc.Spec.Ports = append(svc.Spec.Ports, corev1.ServicePort{Port: port})
			}
			c.must(c.typed.Tracker().Add(svc))
			if test.stranger {
				pod := aPod("stranger")
				pod.Namespace, pod.Labels = testNamespace, map[string]string{"app": "inference", "tier": "test"}
				c.must(c.typed.Tracker().Add(pod))
			}
			p := c.platform(nil)
			target := inspected{self: c.get("inference"), scale: scale{selector: "app=inference,tier!=test"}}
			target.ref = withVersion(*p.cfg.Target)
			check := &preflight{cfg: p.cfg, clients: p.clients, target: &target}
			var f Findings
			check.service(t.Context(), &f)
			if got := strings.Join(f.Problems, "\n"); !strings.Contains(got, test.problem) || (got == "") != (test.problem == "") {
				t.Errorf("problems: %q, want %q", got, test.problem)
			}
		})
	}
}

func TestServiceProxy(t *testing.T) {
	base, _, err := ServiceProxy(Config{REST: &rest.Config{Host: "https://10.0.0.1:6443/k8s/"}, Namespace: "shop", Service: "inference", TargetURL: "http://inference.shop/v1/"})
	if want := "https://10.0.0.1:6443/k8s/api/v1/namespaces/shop/services/http:inference:80/proxy/v1"; base != want || err != nil {
		t.Errorf("ServiceProxy = %s, %v; want %s", base, err, want)
	}
	if _, _, err := ServiceProxy(Config{REST: &rest.Config{}, TargetURL: "http://elsewhere"}); err == nil {
		t.Error("a URL without a Service: no error")
	}
}

// TestWayInside sees that the driver looks at the target as the workers will: not
// through a proxy.
func TestWayInside(t *testing.T) {
	p := &preflight{cfg: Config{TargetURL: "http://inference:8000"}, needs: Needs{InCluster: true}}
	base, client, err := p.way()
	if err != nil || base != p.cfg.TargetURL {
		t.Fatalf("%s, %v", base, err)
	}
	if transport, ok := client.Transport.(*http.Transport); !ok || transport.Proxy != nil {
		t.Error("it takes the environment's proxy")
	}
}
