package draft

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// Deployment is what a cluster says of one.
type Deployment struct {
	Name, Namespace string
	Replicas        int
	// Ports are those of its pods. Port is the one that Service leads to; 0 without a Service.
	Ports []int
	Port  int
	// Service selects the pods, and URL is where it is reached; empty for none.
	Service, URL string
	// OtherURLs lead to the pods, too.
	OtherURLs []string
	// ReadyPath is that of the pods' own readiness probe.
	ReadyPath string
	// Autoscaler names what else scales it; empty for nothing.
	Autoscaler string
}

// ListensOn is the port to look at; 0 when none is known.
func (d Deployment) ListensOn() int {
	if d.Port == 0 && len(d.Ports) > 0 {
		return d.Ports[0]
	}
	return d.Port
}

// ProjectOfDeployment starts from what a cluster says.
func ProjectOfDeployment(d Deployment, seen Seen) Project {
	p := Project{Name: label(d.Name), Namespace: d.Namespace, Seen: seen, Target: Target{Deployment: d.Name, URL: d.URL}}
	t := &p.Target
	t.Notes = append(t.Notes, fmt.Sprintf("It is scaled during a run, and has its %d back afterwards.", d.Replicas))
	switch {
	case d.URL == "":
		t.Notes = append(t.Notes, "No Service led to its pods when this was written. Make one, which is then found:", d.Expose())
	case len(d.OtherURLs) > 0:
		t.Notes = append(t.Notes, "Is this how the users come? To the same pods lead, instead:")
		for _, other := range d.OtherURLs {
			t.Notes = append(t.Notes, "url: "+other)
		}
	}
	if t.ReadyPath, t.ReadyNote = d.ReadyPath, "The pods' own readiness probe."; t.ReadyPath == "" {
		t.Ready(seen)
	}
	if d.Autoscaler != "" {
		t.Autoscaler = "pause"
		t.AutoscalerNote = d.Autoscaler + " scales it, too. pause holds that at each scenario's replicas, whatever else " +
			"the traffic asks for, and gives it back at the run's end: whoever uses this Deployment has only so many replicas until then, " +
			"and the load besides. Not for production, unless that is meant; refuse does not run."
	}
	return p
}

// Expose is the command that makes a Service; empty where one leads to the pods.
func (d Deployment) Expose() string {
	if d.Service != "" {
		return ""
	}
	return experiment.Expose(d.Name, d.Namespace, d.ListensOn())
}

// Found lists what the cluster said.
func (d Deployment) Found() []string {
	found := []string{fmt.Sprintf("Deployment %s in namespace %s has ports %s", d.Name, d.Namespace, ints(d.Ports))}
	if len(d.Ports) == 0 {
		found[0] = fmt.Sprintf("Deployment %s in namespace %s names no port that its pods listen on", d.Name, d.Namespace)
	}
	switch {
	case d.Service == "":
		found = append(found, "no Service leads to its pods by HTTP, and the load needs one")
	case len(d.OtherURLs) == 0:
		found = append(found, fmt.Sprintf("Service %s selects its pods: %s", d.Service, d.URL))
	default:
		found = append(found, fmt.Sprintf("Service %s selects its pods: %s is taken, and %s leads to them, too; if the users come that way, change url in experiment.yaml",
			d.Service, d.URL, strings.Join(d.OtherURLs, " and ")))
	}
	if d.Autoscaler != "" {
		found = append(found, d.Autoscaler+" scales it: autoscaler: pause holds that during a run, also for whoever else uses it; see experiment.yaml")
	}
	return found
}
