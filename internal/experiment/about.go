package experiment

import (
	"bytes"
	"fmt"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/builtin"
)

// TargetText names what is loaded, for people. Environment and arguments are left
// out: they may be secret.
func (e *Experiment) TargetText() string {
	t, program := e.LoadMatrix.Spec.Target, ""
	if t.Process != nil {
		program, _ = e.writtenPaths()
	}
	switch {
	case t.Process != nil && t.URL != "":
		return fmt.Sprintf("%s, with process %s scaled beside it", t.URL, program)
	case t.Process != nil:
		return "process " + program
	case t.ScaleTargetRef != nil && e.Unplaced:
		return t.ScaleTargetRef.Kind + " " + t.ScaleTargetRef.Name
	case t.ScaleTargetRef != nil:
		return fmt.Sprintf("%s %s/%s", t.ScaleTargetRef.Kind, e.LoadMatrix.Namespace, t.ScaleTargetRef.Name)
	}
	return t.URL
}

// BalancerAddress stands for the address that the local balancer has in this run only.
const BalancerAddress = "the balancer in front of it, on this machine"

// serviceAddress stands for an address that the cluster has not been asked for.
const serviceAddress = "the Service that selects its pods"

// AddressText says where the users send, and what that leads to where only the experiment
// says so.
func (e *Experiment) AddressText() string {
	t := e.LoadMatrix.Spec.Target
	url := t.URL
	switch {
	case url == "" && t.ScaleTargetRef != nil:
		return serviceAddress
	case url == "":
		return BalancerAddress
	}
	if behind := e.wayIn(); behind != "" {
		return fmt.Sprintf("%s, said to lead to Service %s", url, behind)
	}
	return url
}

// LoadText says what the users send: the file as it was named, its title where it has no
// file, the built-in mix, or that a running master knows. A copy of the built-in mix, as a
// run's directory and a driver's pod have one, is recognised by its content.
func (e *Experiment) LoadText() string {
	load := e.LoadMatrix.Spec.Load
	mix := "the built-in mix " + string(v1alpha1.BuiltinForecasting)
	switch {
	case load.MasterURL != "":
		return "what the master at " + load.MasterURL + " has"
	case e.LoadTitle != "":
		return e.LoadTitle
	case e.LoadPath == "":
		return mix
	case bytes.Equal(e.LoadFile, builtin.Swarmfile()), bytes.Equal(e.LoadFile, builtin.Locustfile()):
		return fmt.Sprintf("%s, a copy of %s", load.File, mix)
	}
	return load.File
}

// SLOText is the objectives on one line.
func SLOText(slo []v1alpha1.Objective) string {
	if len(slo) == 0 {
		return "none"
	}
	text := ""
	for i, o := range slo {
		if i > 0 {
			text += ", "
		}
		text += writtenObjective(o).String()
	}
	return text
}
