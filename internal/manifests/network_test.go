package manifests

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// TestWorkersReachTheTarget reads what the workers' policy has beside the master and DNS:
// all that the URL may lead to, and where that is more than the target, that it is said.
func TestWorkersReachTheTarget(t *testing.T) {
	const (
		target  = "- to: [{podSelector: {matchLabels: {app: inference}}}]\n"
		here    = "- to: [{podSelector: {}}]\n"
		cluster = "- to: [{namespaceSelector: {}}]\n"
	)
	port := func(n string) string { return "- ports: [{port: " + n + ", protocol: TCP}]\n" }
	in := func(namespace string) string {
		return "- to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: " + namespace + "}}}]\n"
	}
	const (
		scaled = `spec: {target: {url: "URL", service: inference, scaleTargetRef: {name: inference}}}`
		loaded = `spec: {target: {url: "URL"}, load: {builtin: forecasting}, matrix: {users: [10]}}`
	)
	for _, tt := range []struct{ text, url, want, says string }{
		{scaled, "http://inference:8000", target, ""},
		{scaled, "http://Inference.default.svc:8000", target, ""},
		{scaled, "http://gateway", here, "every pod of namespace default, on any port"},
		{scaled, "http://gateway.default.svc", here, "every pod of namespace default"},
		{scaled, "http://gateway.default", here + port("80") + target, "port 80 of any host"},
		{scaled, "http://gateway.ingress.svc.cluster.local", in("ingress"), "every pod of namespace ingress"},
		{scaled, "https://api.example.com", port("443") + target, "port 443 of any host"},
		{scaled, "http://10.0.0.5:8000", port("8000") + target, "the pods of Service inference"},
		{scaled, "http://[fd00::5]:8000", port("8000") + target, "port 8000 of any host"},
		{loaded, "http://shop", here, "every pod of namespace default"},
		{loaded, "http://shop.prod", in("prod") + port("80"), "every pod of namespace prod, on any port"},
		{loaded, "http://shop.prod.", port("80"), "port 80 of any host"},
		{loaded, "http://shop.prod.svc:8000", in("prod"), "every pod of namespace prod"},
		{loaded, "http://shop.prod.svc.corp.example", in("prod") + port("80"), "port 80 of any host"},
		{loaded, "http://shop-0.shop.prod.svc.cluster.local:8000", port("8000"), "port 8000 of any host"},
		{loaded, "http://[fd00::10]:8000", port("8000") + cluster, "every pod of the cluster"},
		{loaded, "http://[::ffff:10.0.0.5]", port("80") + cluster, "every pod of the cluster"},
		{loaded, "http://10.96.0.12", port("80") + cluster, "every pod of the cluster"},
		{loaded, "http://203.0.113.5:8000", port("8000"), "port 8000 of any host"},
		{loaded, "https://shop.example.com", port("443"), "port 443 of any host"},
	} {
		set := build(t, strings.Replace(tt.text, "URL", tt.url, 1))
		policy, ok := set.Network[2].(*networkingv1.NetworkPolicy)
		if !ok {
			t.Fatalf("%T is no NetworkPolicy", set.Network[2])
		}
		var want []networkingv1.NetworkPolicyEgressRule
		if err := yaml.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, policy.Spec.Egress[2:]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.url, diff)
		}
		says := policy.Annotations["kubernetes.io/description"]
		if !strings.Contains(says, tt.says) || (says == "") != (tt.says == "") {
			t.Errorf("%s: described as %q, want %q", tt.url, says, tt.says)
		}
	}
}
