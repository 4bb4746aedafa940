package manifests

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// networkPolicies close the load's pods: Locust's web API has no authentication
// and lets any page in a browser use it. A port-forward by a person goes through
// the node and is not affected.
func (b *builder) networkPolicies() []Object {
	if b.cluster.NetworkPolicies == "omit" {
		return nil
	}
	driver := b.policy(b.names.Job, b.driverLabels(), networkingv1.NetworkPolicySpec{PolicyTypes: directions(true, false)})
	if b.lm.Spec.Load.MasterURL != "" {
		return []Object{driver}
	}
	return []Object{
		driver,
		b.policy(b.names.Master, b.podLabels(RoleMaster), networkingv1.NetworkPolicySpec{
			PolicyTypes: directions(true, true), Ingress: b.masterIngress(),
		}),
		b.policy(b.names.Worker, b.podLabels(RoleWorker), networkingv1.NetworkPolicySpec{
			PolicyTypes: directions(true, true), Egress: b.workerEgress(),
		}),
	}
}

func (b *builder) policy(name string, pods map[string]string, s networkingv1.NetworkPolicySpec) *networkingv1.NetworkPolicy {
	s.PodSelector = metav1.LabelSelector{MatchLabels: pods}
	return &networkingv1.NetworkPolicy{TypeMeta: typeMeta("networking.k8s.io/v1", "NetworkPolicy"), ObjectMeta: b.meta(name), Spec: s}
}

func directions(ingress, egress bool) []networkingv1.PolicyType {
	var types []networkingv1.PolicyType
	if ingress {
		types = append(types, networkingv1.PolicyTypeIngress)
	}
	if egress {
		types = append(types, networkingv1.PolicyTypeEgress)
	}
	return types
}

// masterIngress lets the driver use the web API and the workers join.
func (b *builder) masterIngress() []networkingv1.NetworkPolicyIngressRule {
	web := networkingv1.NetworkPolicyIngressRule{Ports: ports(WebPort), From: pods(b.driverLabels())}
	if b.cluster.NodePort != 0 {
		web.From = nil // asked for
	}
	return []networkingv1.NetworkPolicyIngressRule{
		web, {Ports: ports(JoinPort), From: pods(b.podLabels(RoleWorker))},
	}
}

// workerEgress lets workers reach the master, names and the target.
func (b *builder) workerEgress() []networkingv1.NetworkPolicyEgressRule {
	return append([]networkingv1.NetworkPolicyEgressRule{
		{Ports: ports(JoinPort), To: pods(b.podLabels(RoleMaster))},
		{Ports: dnsPorts()},
	}, b.targetEgress()...)
}

// targetEgress is the way to the URL. An address does not tell what it is: a host, or a
// Service's, which a policy sees as its pods.
func (b *builder) targetEgress() []networkingv1.NetworkPolicyEgressRule {
	u, err := url.Parse(b.lm.Spec.Target.URL)
	if err != nil {
		return []networkingv1.NetworkPolicyEgressRule{{}}
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil {
		return []networkingv1.NetworkPolicyEgressRule{b.namedEgress(u)}
	}
	rules := []networkingv1.NetworkPolicyEgressRule{{Ports: ports(urlPort(u))}}
	if b.lm.Spec.Target.Service != "" && len(b.opts.TargetLabels) > 0 {
		rules = append(rules, networkingv1.NetworkPolicyEgressRule{To: pods(b.opts.TargetLabels)})
	}
	return rules
}

// namedEgress is the target's pods where the URL is its Service's. Another Service
// stands for some pods of its namespace, on ports of their own; a policy cannot name
// it. A host outside has the URL's port.
func (b *builder) namedEgress(u *url.URL) networkingv1.NetworkPolicyEgressRule {
	name, rest, _ := strings.Cut(u.Hostname(), ".")
	zone, svc, _ := strings.Cut(rest, ".")
	inCluster := rest == "" || svc == "svc" || strings.HasPrefix(svc, "svc.")
	here := rest == "" || zone == b.lm.Namespace && (svc == "" || inCluster)
	switch {
	case here && name == b.lm.Spec.Target.Service && len(b.opts.TargetLabels) > 0:
		return networkingv1.NetworkPolicyEgressRule{To: pods(b.opts.TargetLabels)}
	case here:
		return networkingv1.NetworkPolicyEgressRule{To: pods(nil)}
	case inCluster:
		zone := &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: zone}}
		return networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: zone}}}
	}
	return networkingv1.NetworkPolicyEgressRule{Ports: ports(urlPort(u))}
}

func pods(labels map[string]string) []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: labels}}}
}

func ports(number int) []networkingv1.NetworkPolicyPort {
	return []networkingv1.NetworkPolicyPort{{Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt(number))}}
}

func dnsPorts() []networkingv1.NetworkPolicyPort {
	return []networkingv1.NetworkPolicyPort{
		{Protocol: new(corev1.ProtocolUDP), Port: new(intstr.FromInt(53))},
		{Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt(53))},
	}
}

func urlPort(u *url.URL) int {
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
