package kubeapi

import (
	"context"
	"fmt"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Autoscaler is another controller that scales the target.
type Autoscaler interface {
	// String names it: "HorizontalPodAutoscaler inference".
	String() string
	// Record is what is needed to restore it, taken before the first change.
	Record() *AutoscalerRecord
	// Foreign says how it is set, and by whom, if somebody else has changed it since.
	Foreign(ctx context.Context, r *AutoscalerRecord) (string, platform.Changes, error)
	// Hold pins the target at n replicas.
	Hold(ctx context.Context, n int) error
	// Restore restores it, unless somebody else has changed it; note says which.
	Restore(ctx context.Context, r *AutoscalerRecord) (done bool, note string, err error)
}

// The kinds of autoscalers.
const (
	kindHPA  = "HorizontalPodAutoscaler"
	KindKEDA = "ScaledObject"
)

// AutoscalerRecord is what must be put back of an autoscaler.
type AutoscalerRecord struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Min and Max are a HorizontalPodAutoscaler's.
	Min *int32 `json:"min,omitempty"`
	Max int32  `json:"max,omitempty"`
	// Paused is a ScaledObject's annotation; nil when it had none.
	Paused *string `json:"paused,omitempty"`
	// Ours are the counts at which we may have pinned it; empty while it is unchanged.
	Ours []int `json:"ours,omitempty"`
}

// Changed tells whether we have changed the autoscaler, or may have.
func (r *AutoscalerRecord) Changed() bool { return r != nil && len(r.Ours) > 0 }

// Next adds a count before it is held.
func (r *AutoscalerRecord) Next(n int) {
	if !slices.Contains(r.Ours, n) {
		r.Ours = append(slices.Clone(r.Ours), n)
	}
}

// Done says that a count is held, so that no earlier one is ours any more.
func (r *AutoscalerRecord) Done(n int) { r.Ours = []int{n} }

// Open returns the autoscaler of the record.
func (r *AutoscalerRecord) Open(c *Clients) Autoscaler {
	if r.Kind == KindKEDA {
		return newKEDA(c, r.Name, r.Paused)
	}
	return newHPA(c, r.Name, r.Min, r.Max)
}

// FindAutoscaler returns the target's autoscaler, or nil. A ScaledObject comes first: it
// owns a HorizontalPodAutoscaler and would revert changes to it. Where ScaledObjects may
// not be listed, the owner reference of that HorizontalPodAutoscaler names it.
func FindAutoscaler(ctx context.Context, c *Clients, target Object) (Autoscaler, error) {
	found, unseen := findKEDA(ctx, c, target)
	if unseen != nil && !apierrors.IsForbidden(unseen) || found != nil {
		return found, unseen
	}
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	list, err := c.Typed.AutoscalingV2().HorizontalPodAutoscalers(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, AsPermanent(fmt.Errorf("looking for an autoscaler of %s: %w", Describe(target.Ref), err))
	}
	for _, hpa := range list.Items {
		if !scales(hpa.Spec.ScaleTargetRef, target) {
			continue
		}
		if owner := metav1.GetControllerOf(&hpa); unseen != nil && owner != nil && owner.Kind == KindKEDA {
			return ownerOf(ctx, c, owner.Name), nil
		}
		return newHPA(c, hpa.Name, hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas), nil
	}
	return nil, nil
}

// scales tells whether a reference means the target; versions of one group are the same object.
func scales(ref autoscalingv2.CrossVersionObjectReference, target Object) bool {
	return ref.Name == target.Ref.Name && ref.Kind == target.Ref.Kind && groupOf(ref.APIVersion) == target.resource.Group
}

// AutoscalerRefused is the error about an autoscaler that may not be paused.
func AutoscalerRefused(found Autoscaler, target v1alpha1.ScaleTargetRef) error {
	return fmt.Errorf("%s scales %s and would work against the run; set spec.target.autoscaler: pause to hold it during the run, or remove it", found, Describe(target))
}
