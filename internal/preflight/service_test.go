package preflight

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

func aService(selector map[string]string, ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "inference", Namespace: testNamespace},
		Spec:       corev1.ServiceSpec{Selector: selector, Ports: ports},
	}
}

func headless(ports ...corev1.ServicePort) *corev1.Service {
	svc := aService(map[string]string{"app": "inference"}, ports...)
	svc.Spec.ClusterIP = corev1.ClusterIPNone
	return svc
}

func bound(svc *corev1.Service) *corev1.Service {
	svc.Spec.SessionAffinity = corev1.ServiceAffinityClientIP
	return svc
}

func anAlias(of string) *corev1.Service {
	svc := aService(nil)
	svc.Spec.Type, svc.Spec.ExternalName = corev1.ServiceTypeExternalName, of
	return svc
}

func TestServiceCheck(t *testing.T) {
	app := map[string]string{"app": "inference"}
	web, https, direct := corev1.ServicePort{Port: 80, TargetPort: intstr.FromString("http")}, corev1.ServicePort{Port: 443}, corev1.ServicePort{Port: 8000}
	tests := map[string]struct {
		svc      *corev1.Service
		url      string
		stranger bool
		want     []string
	}{
		"good":             {svc: aService(app, direct)},
		"missing":          {want: []string{"there is no Service inference in namespace shop; create one, as in `kubectl expose deployment inference --port 8000 -n shop`, or see spec.target.service"}},
		"wrong selector":   {svc: aService(map[string]string{"app": "inferense"}, direct), want: []string{"Service inference selects app=inferense, but the pods of Deployment inference have app=inference"}},
		"too wide":         {svc: aService(app, direct), stranger: true, want: []string{"Service inference also selects pods that are not part of Deployment inference: stranger"}},
		"no such port":     {svc: aService(app, web, https), want: []string{"Service inference has no port 8000, which http://inference:8000 asks for; it has 443, 80"}},
		"pods' port":       {svc: headless(web)},
		"Service's port":   {svc: headless(web), url: "http://inference", want: []string{"Service inference is headless: clients connect to the pods themselves, and they listen on 8000, not on 80, which http://inference asks for; write"}},
		"same port":        {svc: headless(corev1.ServicePort{Port: 9000}), url: "http://inference:9000"},
		"port of another":  {svc: headless(web), url: "http://inference:7000", want: []string{"note: Service inference is headless: clients connect to the pods themselves; cannot tell whether those listen on 7000 (they name 8000)"}},
		"name of no port":  {svc: headless(corev1.ServicePort{Port: 80, TargetPort: intstr.FromString("web")}), url: "http://inference", want: []string{"note: Service inference is headless"}},
		"another's port":   {svc: aService(app, web, https), url: "http://inference.elsewhere:8000"}, // a way in
		"another name":     {svc: anAlias("inference.elsewhere.svc"), want: []string{"Service inference is another name for inference.elsewhere.svc, and not for the pods of Deployment inference; see"}},
		"sticky":           {svc: bound(aService(app, direct)), want: []string{"note: Service inference has sessionAffinity: ClientIP, which keeps all users of a worker at one replica: up to 2 workers reach no more replicas than that, and up to 4 are to be measured"}},
		"without selector": {svc: aService(nil, direct), want: []string{"note: cannot tell whether Service inference selects the pods of Deployment inference"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t, deployment("inference", 1))
			c.selector = "app=inference,tier!=test"
			if test.svc != nil {
				c.must(c.typed.Tracker().Add(test.svc))
			}
			if test.stranger {
				c.must(c.typed.Tracker().Add(aPod("stranger", func(pod *corev1.Pod) { pod.Labels["tier"] = "test" })))
			}
			p := c.preflight(func(in *Inspection) {
				in.Replicas, in.Workers = []int{1, 4}, 2
				if test.url != "" {
					in.Config.TargetURL = test.url
				}
			}).prepare(t)
			var f Findings
			p.service(t.Context(), &f)
			wantLines(t, f, test.want...)
		})
	}
}

func TestServiceProxy(t *testing.T) {
	base, _, err := ServiceProxy(kubeapi.Config{REST: &rest.Config{Host: "https://10.0.0.1:6443/k8s/"}, Namespace: "shop", Service: "inference", TargetURL: "http://inference.shop/v1/"})
	if want := "https://10.0.0.1:6443/k8s/api/v1/namespaces/shop/services/http:inference:80/proxy/v1"; base != want || err != nil {
		t.Errorf("ServiceProxy = %s, %v; want %s", base, err, want)
	}
	for _, service := range []string{"", "inference"} {
		if _, _, err := ServiceProxy(kubeapi.Config{REST: &rest.Config{}, Namespace: "shop", Service: service, TargetURL: "http://elsewhere"}); err == nil {
			t.Errorf("a URL that is not Service %q: no error", service)
		}
	}
}
