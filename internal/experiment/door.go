package experiment

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// door is where a host leads, as far as its name tells.
type door struct {
	// service and namespace name a Service; an empty namespace is the caller's own. Without a
	// service, leads says what the host is instead.
	service, namespace string
	leads              string
	// perhaps is the namespace of a Service that the host may turn out to be.
	perhaps string
}

// clusterDomain is that of nearly every cluster. The name of a Service in another domain
// may be another cluster's, or stand for Services of several.
const clusterDomain = "cluster.local"

// doorOf reads the names that a cluster's DNS gives to Services: name, name.namespace,
// name.namespace.svc, name.namespace.svc.cluster.local. Only a full name may end in a dot,
// because nothing is appended to such a name when it is looked up.
func doorOf(host string) door {
	name, rooted := strings.CutSuffix(strings.ToLower(host), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return door{leads: fmt.Sprintf("%s is an address, which does not tell what it leads to", ip)}
	}
	if name == localhost || strings.HasSuffix(name, "."+localhost) {
		return door{leads: host + " is the very machine or pod that asks"}
	}
	labels := strings.Split(name, ".")
	domain := ""
	if len(labels) > 3 {
		domain = strings.Join(labels[3:], ".")
	}
	outside := door{leads: host + " is a host outside the cluster"}
	switch n := len(labels); {
	case rooted && domain == "":
		return outside
	case n == 1:
		return door{service: labels[0]}
	case n == 2:
		return door{service: labels[0], namespace: labels[1]}
	case labels[2] == "svc" && (domain == "" || domain == clusterDomain):
		return door{service: labels[0], namespace: labels[1]}
	case labels[2] == "svc":
		return door{
			leads:   fmt.Sprintf("%s is Service %s in namespace %s of domain %s, which may be another cluster's", host, labels[0], labels[1], domain),
			perhaps: labels[1],
		}
	case n > 3 && labels[3] == "svc":
		return door{leads: fmt.Sprintf("%s is a single pod of Service %s in namespace %s", host, labels[1], labels[2])}
	}
	return outside
}

// ServiceNames are the names of a Service in a cluster's DNS, the shortest first.
func ServiceNames(service, namespace string) []string {
	full := service + "." + namespace
	return []string{service, full, full + ".svc", full + ".svc." + clusterDomain}
}

// Expose is the command that makes a Service for a Deployment; port is 0 where it is not known.
func Expose(name, namespace string, port int) string {
	at := "PORT"
	if port > 0 {
		at = strconv.Itoa(port)
	}
	return fmt.Sprintf("kubectl expose deployment %s --port %s -n %s", name, at, namespace)
}

// ServiceOf is the Service of the namespace that a URL's host names; empty if that is no
// Service, one of another namespace, or not known.
func ServiceOf(text, namespace string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	d := doorOf(u.Hostname())
	if d.namespace != "" && d.namespace != namespace {
		return ""
	}
	return d.service
}

// Door is where a URL's host may lead.
type Door struct {
	// Service is the Service that the host names, in Namespace; empty if it is none, or not known.
	Service string
	// Namespace is the one whose pods it may lead to; empty if the host is no Service's name.
	Namespace string
	// Outside says that it may be an address, or a host outside the cluster.
	Outside bool
}

// DoorOf is where a URL leads a pod of the namespace.
func DoorOf(text, namespace string) Door {
	u, err := url.Parse(text)
	if err != nil {
		return Door{Outside: true}
	}
	d := doorOf(u.Hostname())
	if d.service == "" {
		return Door{Namespace: d.perhaps, Outside: true}
	}
	return Door{Service: d.service, Namespace: cmp.Or(d.namespace, namespace), Outside: d.mayBeHost(u.Hostname())}
}

// mayBeHost tells whether both a Service and a host outside may have the name, as shop.dev.
func (d door) mayBeHost(host string) bool {
	return d.namespace != "" && strings.Count(strings.TrimSuffix(host, "."), ".") == 1
}

// text says where a door leads, if not to a Service of the namespace.
func (d door) text(host string) string {
	if d.service == "" {
		return d.leads
	}
	text := fmt.Sprintf("%s is Service %s in namespace %s", host, d.service, d.namespace)
	if d.mayBeHost(host) {
		text += ", or a host outside the cluster"
	}
	return text
}

// validateDoor refuses a target whose URL leads to something else than is scaled. Naming the
// Service in the experiment overrules that.
func (d *document) validateDoor(t v1alpha1.Target, namespace string) {
	if t.ScaleTargetRef == nil || t.Service != "" || d.given["spec.target.service"] {
		return
	}
	u, err := url.Parse(t.URL)
	if err != nil || u.Hostname() == "" {
		return // it has a problem already
	}
	d.addf("spec.target.url", "leads elsewhere: %s, but what would be scaled is %s %s/%s; correct the url or the namespace, or, if that is a way in to it, as an ingress or a gateway is, name the Service in front of its pods in spec.target.service",
		doorOf(u.Hostname()).text(u.Hostname()), t.ScaleTargetRef.Kind, namespace, t.ScaleTargetRef.Name)
}

// wayIn is the Service behind the address where only the experiment says so; empty if the
// address names it itself, or there is none.
func (e *Experiment) wayIn() string {
	t := e.LoadMatrix.Spec.Target
	if t.ScaleTargetRef == nil || t.Service == "" || ServiceOf(t.URL, e.LoadMatrix.Namespace) == t.Service {
		return ""
	}
	return e.LoadMatrix.Namespace + "/" + t.Service
}
