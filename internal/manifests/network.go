package manifests

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
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
		b.workerPolicy(),
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

// annotationDescription is Kubernetes' own, for people.
const annotationDescription = "kubernetes.io/description"

// workerPolicy lets workers reach the master, names and the target.
func (b *builder) workerPolicy() *networkingv1.NetworkPolicy {
	target, wide := b.targetEgress()
	policy := b.policy(b.names.Worker, b.podLabels(RoleWorker), networkingv1.NetworkPolicySpec{
		PolicyTypes: directions(true, true),
		Egress: append([]networkingv1.NetworkPolicyEgressRule{
			{Ports: ports(JoinPort), To: pods(b.podLabels(RoleMaster))},
			{Ports: dnsPorts()},
		}, target...),
	})
	if wide != "" {
		policy.Annotations = map[string]string{annotationDescription: wide}
	}
	return policy
}

// targetEgress is the way to the URL, and says of what is not known how wide that makes
// it. A policy sees a Service as its pods, on ports of their own, so that the URL's port
// says nothing where a Service may be behind it. Where it may be a host outside, that port
// is all that is known.
func (b *builder) targetEgress() (rules []networkingv1.NetworkPolicyEgressRule, wide string) {
	t := b.lm.Spec.Target
	door, port := experiment.DoorOf(t.URL, b.lm.Namespace), experiment.PortOf(t.URL)
	own := t.Service != "" && len(b.opts.TargetLabels) > 0
	here := door.Namespace == b.lm.Namespace
	if own && here && door.Service == t.Service {
		return egress(nil, pods(b.opts.TargetLabels)...), ""
	}
	var ways []string
	if door.Namespace != "" {
		rules = append(rules, egress(nil, b.podsOf(door.Namespace)...)...)
		ways = append(ways, "every pod of namespace "+door.Namespace+", on any port, since a policy cannot name a Service")
	}
	if door.Outside {
		rules = append(rules, egress(ports(port))...)
		ways = append(ways, fmt.Sprintf("port %d of any host, since the host may be one outside the cluster", port))
	}
	if door.Outside && own {
		rules = append(rules, egress(nil, pods(b.opts.TargetLabels)...)...)
		ways = append(ways, "the pods of Service "+t.Service)
	} else if door.Outside && inner(t.URL) {
		rules = append(rules, egress(nil, networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{}})...)
		ways = append(ways, "every pod of the cluster, on any port, since the address may be a Service's")
	}
	return rules, "From here the load may reach, for " + t.URL + ": " + strings.Join(ways, "; ") + "."
}

// podsOf are all pods of a namespace.
func (b *builder) podsOf(namespace string) []networkingv1.NetworkPolicyPeer {
	if namespace == b.lm.Namespace {
		return pods(nil)
	}
	zone := &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}}
	return []networkingv1.NetworkPolicyPeer{{NamespaceSelector: zone}}
}

func egress(ports []networkingv1.NetworkPolicyPort, to ...networkingv1.NetworkPolicyPeer) []networkingv1.NetworkPolicyEgressRule {
	return []networkingv1.NetworkPolicyEgressRule{{Ports: ports, To: to}}
}

// inner tells whether a URL's host is an address as Services of a cluster have them.
func inner(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsPrivate()
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
