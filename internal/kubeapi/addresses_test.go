package kubeapi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func shopTemplate(ports ...corev1.ContainerPort) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "shop", "tier": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "shop", Ports: ports}}},
	}
}

func serviceOf(name string, ports ...corev1.ServicePort) corev1.Service {
	return corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       corev1.ServiceSpec{ClusterIP: "10.0.0.1", Selector: map[string]string{"app": "shop"}, Ports: ports},
	}
}

func with(svc corev1.Service, change func(*corev1.ServiceSpec)) corev1.Service {
	change(&svc.Spec)
	return svc
}

// TestAddresses: of all Services of a namespace, those that lead to the pods by HTTP.
func TestAddresses(t *testing.T) {
	headless := func(s *corev1.ServiceSpec) { s.ClusterIP = corev1.ClusterIPNone }
	selecting := func(labels map[string]string) func(*corev1.ServiceSpec) {
		return func(s *corev1.ServiceSpec) { s.Selector = labels }
	}
	plain := corev1.ServicePort{Port: 80, TargetPort: intstr.FromInt32(8000)}
	toWeb := corev1.ServicePort{Port: 80, TargetPort: intstr.FromString("web")}
	named := func(name string, port int32) corev1.ServicePort { return corev1.ServicePort{Name: name, Port: port} }
	protocol := func(p corev1.ServicePort, app string) corev1.ServicePort { p.AppProtocol = &app; return p }
	web := corev1.ContainerPort{Name: "web", ContainerPort: 8000}
	one := func(url string, inside int) []Address { return []Address{{"shop", url, inside}} }
	for name, tc := range map[string]struct {
		services []corev1.Service
		template corev1.PodTemplateSpec
		want     []Address
		shut     []string
	}{
		"none":                  {nil, shopTemplate(web), nil, nil},
		"one":                   {[]corev1.Service{serviceOf("shop", plain)}, shopTemplate(), one("http://shop:80", 8000), nil},
		"the port is the pods'": {[]corev1.Service{serviceOf("shop", named("", 8000))}, shopTemplate(), one("http://shop:8000", 8000), nil},
		"a port by name":        {[]corev1.Service{serviceOf("shop", toWeb)}, shopTemplate(web), one("http://shop:80", 8000), nil},
		"a name that no port has": {
			[]corev1.Service{serviceOf("shop", toWeb)},
			shopTemplate(corev1.ContainerPort{Name: "http", ContainerPort: 8000}), nil,
			[]string{"Service shop, port 80: no port of the pods is called web"},
		},
		"a kind that does not tell its pods' ports": {[]corev1.Service{serviceOf("shop", toWeb)}, shopTemplate(), one("http://shop:80", 0), nil},
		"other pods', nobody's, and another name": {[]corev1.Service{
			with(serviceOf("bank", plain), selecting(map[string]string{"app": "bank"})),
			with(serviceOf("byhand", plain), selecting(nil)),
			with(serviceOf("elsewhere", plain), func(s *corev1.ServiceSpec) { s.Type = corev1.ServiceTypeExternalName }),
			serviceOf("portless"),
		}, shopTemplate(web), nil, nil},
		"a part of the labels selects, too": {[]corev1.Service{with(serviceOf("shop", plain), selecting(map[string]string{"tier": "web"}))}, shopTemplate(), one("http://shop:80", 8000), nil},
		"headless":                          {[]corev1.Service{with(serviceOf("shop", toWeb), headless)}, shopTemplate(web), one("http://shop:8000", 8000), nil},
		"headless, of pods that do not tell": {
			[]corev1.Service{with(serviceOf("shop", toWeb), headless)},
			shopTemplate(), nil,
			[]string{"Service shop, port 80: it is headless, and it is not known which port of the pods web is"},
		},
		"headless beside one with an address": {[]corev1.Service{with(serviceOf("a", toWeb), headless), serviceOf("shop", toWeb)}, shopTemplate(web), one("http://shop:80", 8000), nil},
		"two": {
			[]corev1.Service{serviceOf("shop", plain), serviceOf("canary", plain)},
			shopTemplate(),
			[]Address{{"canary", "http://canary:80", 8000}, {"shop", "http://shop:80", 8000}},
			nil,
		},
		"metrics beside": {
			[]corev1.Service{serviceOf("shop", named("http-metrics", 9090), named("http", 80))},
			shopTemplate(), one("http://shop:80", 80),
			[]string{"Service shop, port 9090: is for metrics"},
		},
		"two ports, that of HTTP first": {
			[]corev1.Service{serviceOf("shop", named("admin", 9000), named("http", 80))},
			shopTemplate(),
			[]Address{{"shop", "http://shop:80", 80}, {"shop", "http://shop:9000", 9000}},
			nil,
		},
		"https by its number":        {[]corev1.Service{serviceOf("shop", named("", 443))}, shopTemplate(), one("https://shop:443", 443), nil},
		"https by its name":          {[]corev1.Service{serviceOf("shop", named("https-web", 8443))}, shopTemplate(), one("https://shop:8443", 8443), nil},
		"https by its appProtocol":   {[]corev1.Service{serviceOf("shop", protocol(named("http", 8443), "HTTPS"))}, shopTemplate(), one("https://shop:8443", 8443), nil},
		"HTTP at the port of HTTPS":  {[]corev1.Service{serviceOf("shop", protocol(named("", 443), "http"))}, shopTemplate(), one("http://shop:443", 443), nil},
		"gRPC":                       {[]corev1.Service{serviceOf("shop", named("grpc-api", 9000))}, shopTemplate(), nil, []string{"Service shop, port 9000: is grpc"}},
		"HTTP/2 without encryption":  {[]corev1.Service{serviceOf("shop", protocol(named("", 80), "kubernetes.io/h2c"))}, shopTemplate(), nil, []string{"Service shop, port 80: is h2c"}},
		"UDP":                        {[]corev1.Service{serviceOf("shop", corev1.ServicePort{Port: 53, Protocol: corev1.ProtocolUDP})}, shopTemplate(), nil, []string{"Service shop, port 53: is UDP"}},
		"pods without labels at all": {[]corev1.Service{serviceOf("shop", plain)}, corev1.PodTemplateSpec{}, nil, nil},
	} {
		addresses, shut := Addresses(tc.services, tc.template)
		if diff := cmp.Diff(tc.want, addresses) + cmp.Diff(tc.shut, shut); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}
