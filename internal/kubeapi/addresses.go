package kubeapi

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Address is where a Service of the namespace leads to a workload's pods.
type Address struct {
	Service string
	// URL is for whoever is in the same namespace.
	URL string
	// Inside is the pods' own port behind it; 0 if it is not known.
	Inside int
}

// Addresses are those that lead to pods of a template by HTTP, the likeliest first; shut says
// why other ports of Services that select the pods do not count. A headless Service stands for
// single pods, so it counts only if there is no other.
func Addresses(services []corev1.Service, template corev1.PodTemplateSpec) (addresses []Address, shut []string) {
	var found []corev1.Service
	for _, svc := range services {
		if selects(&svc, template.Labels) {
			found = append(found, svc)
		}
	}
	slices.SortFunc(found, func(a, b corev1.Service) int { return strings.Compare(a.Name, b.Name) })
	headless := func(svc corev1.Service) bool { return svc.Spec.ClusterIP == corev1.ClusterIPNone }
	if slices.ContainsFunc(found, func(svc corev1.Service) bool { return !headless(svc) }) {
		found = slices.DeleteFunc(found, headless)
	}
	listens := ContainerPorts(template.Spec)
	for _, svc := range found {
		ports := slices.Clone(svc.Spec.Ports)
		slices.SortStableFunc(ports, func(a, b corev1.ServicePort) int { return likelihood(a) - likelihood(b) })
		for _, port := range ports {
			address, why := addressAt(&svc, port, listens)
			if why != "" {
				shut = append(shut, fmt.Sprintf("Service %s, port %d: %s", svc.Name, port.Port, why))
				continue
			}
			addresses = append(addresses, address)
		}
	}
	return addresses, shut
}

func selects(svc *corev1.Service, has map[string]string) bool {
	return len(has) > 0 && len(svc.Spec.Selector) > 0 && svc.Spec.Type != corev1.ServiceTypeExternalName &&
		labels.SelectorFromSet(svc.Spec.Selector).Matches(labels.Set(has))
}

// likelihood sorts ports named after HTTP first.
func likelihood(port corev1.ServicePort) int {
	if strings.HasPrefix(port.Name, "http") || strings.HasPrefix(port.Name, "web") {
		return 0
	}
	return 1
}

func addressAt(svc *corev1.Service, port corev1.ServicePort, listens map[string][]int) (a Address, why string) {
	scheme, why := schemeOf(port)
	if why != "" {
		return Address{}, why
	}
	inside, known := PodPort(port, listens)
	at := int(port.Port)
	switch {
	case !known && len(listens) > 0:
		return Address{}, fmt.Sprintf("no port of the pods is called %s", port.TargetPort.StrVal)
	case !known && svc.Spec.ClusterIP == corev1.ClusterIPNone:
		return Address{}, fmt.Sprintf("it is headless, and it is not known which port of the pods %s is", port.TargetPort.StrVal)
	case svc.Spec.ClusterIP == corev1.ClusterIPNone:
		at = inside // its name stands for the pods themselves
	}
	return Address{Service: svc.Name, URL: scheme + "://" + net.JoinHostPort(svc.Name, strconv.Itoa(at)), Inside: inside}, ""
}

// schemeOf is how users speak at a port: what its appProtocol says, else its name up to a
// hyphen, as meshes read it, else its number. Why says that it is not HTTP as they speak it.
func schemeOf(port corev1.ServicePort) (scheme, why string) {
	if port.Protocol != "" && port.Protocol != corev1.ProtocolTCP {
		return "", "is " + string(port.Protocol)
	}
	says, _, _ := strings.Cut(port.Name, "-")
	if port.AppProtocol != nil {
		says = strings.TrimPrefix(*port.AppProtocol, "kubernetes.io/")
	}
	says = strings.ToLower(says)
	switch {
	case says == "https":
		return "https", ""
	case slices.Contains(otherProtocols(), says):
		return "", "is " + says
	case strings.Contains(port.Name, "metrics"):
		return "", "is for metrics"
	case says != "http" && port.Port == 443:
		return "https", ""
	}
	return "http", ""
}

// otherProtocols are what ports are named after on which no HTTP/1.1 is spoken.
func otherProtocols() []string {
	return []string{"grpc", "h2c", "ws", "wss", "mysql", "postgres", "postgresql", "mongo", "redis", "amqp", "kafka"}
}

// ContainerPorts are the ports that a pod's containers say they listen on, by name.
func ContainerPorts(spec corev1.PodSpec) map[string][]int {
	ports := map[string][]int{}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) { // a sidecar is one of the former
		for _, port := range c.Ports {
			ports[port.Name] = append(ports[port.Name], int(port.ContainerPort))
		}
	}
	return ports
}

// FirstPort is the first port that a pod's containers say they listen on; 0 where they do not.
func FirstPort(spec corev1.PodSpec) int {
	for _, c := range spec.Containers {
		for _, port := range c.Ports {
			return int(port.ContainerPort)
		}
	}
	return 0
}

// PodPort is where a Service's port leads to, among the pods' ports by name.
func PodPort(port corev1.ServicePort, named map[string][]int) (at int, known bool) {
	switch to := port.TargetPort; {
	case to.Type == intstr.String:
		if found := named[to.StrVal]; len(found) > 0 {
			return found[0], true
		}
		return 0, false
	case to.IntVal != 0:
		return int(to.IntVal), true
	}
	return int(port.Port), true
}
