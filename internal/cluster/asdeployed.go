package cluster

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// deployFirst is the way on from an object that does not match the experiment.
const deployFirst = "run `swarmgrid deploy FILE` with the same options first"

// differsError says that an object is there, and another than the experiment's.
type differsError struct{ object string }

// Error names the object and the way on.
func (e *differsError) Error() string { return e.text() + "; " + deployFirst }

func (e *differsError) text() string { return e.object + " does not match the experiment" }

// compare sees that an object is in the cluster as it is here, or as one of the others is.
func (c *Cluster) compare(ctx context.Context, o manifests.Object, others [][]manifests.Object) error {
	change := changeOf(o)
	k, err := c.kind(change.Kind)
	if err != nil {
		return err
	}
	found, err := k.get(ctx, change.Name)
	if err != nil {
		return absentOr(err, change.Kind+" "+change.Name)
	}
	if !includesAny(found, append([][]manifests.Object{{o}}, others...)) {
		return &differsError{change.Kind + " " + change.Name}
	}
	return nil
}

// deployedFindings tell where the load that is deployed is another than the experiment's,
// which would be measured in its place. What is not there at all has findings of its own.
func (c *Cluster) deployedFindings(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, unplanned error, opts preflight.Options) preflight.Findings {
	if unplanned != nil {
		return preflight.Findings{{Text: fmt.Sprintf("cannot tell whether the deployed load matches the experiment: %v", unplanned)}}
	}
	wanted := loadOf(set)
	if opts.Copy && set.Master != nil {
		wanted = set.ScriptMaps()
	}
	var found preflight.Findings
	for _, o := range wanted { // the first that differs will do, since one deploy fixes all
		change := changeOf(o)
		f := preflight.Finding{Object: change.Kind + " " + change.Name}
		var differs *differsError
		switch err := c.compare(ctx, o, byHand(exp)); {
		case err == nil || apierrors.IsNotFound(err):
			continue
		case errors.As(err, &differs):
			f.Refusal, f.Text, f.Next = true, differs.text(), deployFirst
			if opts.Deploys {
				f.Refusal, f.Undeployed, f.Next = false, true, "run `swarmgrid deploy FILE`, or `swarmgrid all FILE` to deploy and run"
			}
			return append(found, f)
		default:
			f.Text = fmt.Sprintf("cannot tell whether %s matches the experiment: %v", f.Object, err)
		}
		found = append(found, f)
	}
	return found
}
