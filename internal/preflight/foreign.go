package preflight

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// ForeignError says that an object has one of our names and is not ours.
type ForeignError struct {
	Kind, Name string
	// Owner is the experiment that it belongs to; empty where we have not made it.
	Owner string
}

// Error names the object, its owner and the ways on.
func (e *ForeignError) Error() string {
	if e.Owner == "" {
		return fmt.Sprintf("%s %s exists and was not made by swarmgrid; delete it, or choose other spec.cluster.names", e.Kind, e.Name)
	}
	return fmt.Sprintf("%s %s belongs to experiment %s; clean that up first, or choose other spec.cluster.names", e.Kind, e.Name, e.Owner)
}

// Foreign is a *ForeignError about an object that somebody else made, or another
// experiment. The lock on a target is everybody's.
func Foreign(o metav1.Object, kind, experiment string) error {
	owner := o.GetLabels()[manifests.LabelExperiment]
	if owner == experiment || kind == "Lease" {
		return nil
	}
	return &ForeignError{Kind: kind, Name: o.GetName(), Owner: owner}
}
