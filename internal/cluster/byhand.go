package cluster

import (
	"context"
	"fmt"
	"reflect"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// byHand is the load as `swarmgrid manifests` prints it, without asking the cluster for the
// target's labels. Submit accepts it, too.
func byHand(exp *experiment.Experiment) [][]manifests.Object {
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		return nil // as Objects has said
	}
	return [][]manifests.Object{loadOf(set)}
}

// loadOf are the objects of the load, without the workers' replicas, which the driver sets.
func loadOf(set *manifests.Set) []manifests.Object {
	if set.Master == nil {
		return nil
	}
	worker := set.Worker.DeepCopy()
	worker.Spec.Replicas = nil
	return append(set.ScriptMaps(), set.Service, set.Master, worker)
}

// includesAny tells whether an object matches any of the wanted ones of its kind and name.
func includesAny(found manifests.Object, wanted [][]manifests.Object) bool {
	for _, objects := range wanted {
		for _, o := range objects {
			if reflect.TypeOf(o) == reflect.TypeOf(found) && o.GetName() == found.GetName() && includes(essence(found), essence(o)) {
				return true
			}
		}
	}
	return false
}

func isLease(o manifests.Object) bool {
	_, ok := o.(*coordinationv1.Lease)
	return ok
}

// makeLease creates the target's Lease if it is missing: Argo CD does not apply Leases, and
// a driver may create nothing.
func (c *Cluster) makeLease(ctx context.Context, exp *experiment.Experiment, set *manifests.Set) error {
	for _, o := range set.State {
		if !isLease(o) {
			continue
		}
		_, err := c.Client.CoordinationV1().Leases(c.Namespace).Get(ctx, o.GetName(), metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			_, err = c.apply(ctx, o, exp.LoadMatrix.Name)
		}
		if err != nil {
			return fmt.Errorf("looking for Lease %s: %w", o.GetName(), err)
		}
	}
	return nil
}
