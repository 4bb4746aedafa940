package preflight

import (
	"cmp"
	"fmt"
	"slices"

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

// Overlap tells of objects in a namespace that are not ours: in one line for each
// experiment that has several, since that is one mistake and not as many.
func Overlap(namespace string, foreign []*ForeignError) (found Findings) {
	of := map[string][]*ForeignError{}
	var owners []string
	for _, e := range foreign {
		if of[e.Owner] == nil {
			owners = append(owners, e.Owner)
		}
		of[e.Owner] = append(of[e.Owner], e)
	}
	slices.SortFunc(owners, func(a, b string) int { return cmp.Compare(len(of[b]), len(of[a])) })
	for _, owner := range owners {
		if n := len(of[owner]); owner != "" && n > 1 {
			found.refuse("namespace "+namespace, "clean that up first, give another namespace with -n, or choose other spec.cluster.names",
				"namespace %s has experiment %s's objects (%d) under the same names", namespace, owner, n)
			continue
		}
		for _, e := range of[owner] {
			found.refuse(e.Kind+" "+e.Name, "", "%v", e)
		}
	}
	return found
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
