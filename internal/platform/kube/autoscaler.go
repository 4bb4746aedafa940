package kube

import (
	"context"
	"fmt"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// autoscaler is somebody else who scales the target.
type autoscaler interface {
	// String names it: "HorizontalPodAutoscaler inference".
	String() string
	// record is what is needed to put it back, before anything is changed.
	record() *autoscalerRecord
	// foreign says how it is set, and by whom, if that is neither as it was found nor ours.
	foreign(ctx context.Context, r *autoscalerRecord) (string, platform.Changes, error)
	// hold keeps the target at n.
	hold(ctx context.Context, n int) error
	// restore puts it back, unless somebody else has changed it; note says which.
	restore(ctx context.Context, r *autoscalerRecord) (done bool, note string, err error)
}

// The kinds of autoscalers.
const (
	kindHPA  = "HorizontalPodAutoscaler"
	kindKEDA = "ScaledObject"
)

// autoscalerRecord is what must be put back of an autoscaler.
type autoscalerRecord struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Min and Max are a HorizontalPodAutoscaler's.
	Min *int32 `json:"min,omitempty"`
	Max int32  `json:"max,omitempty"`
	// Paused is a ScaledObject's annotation; nil when it had none.
	Paused *string `json:"paused,omitempty"`
	// Ours are the counts at which it is held if nobody else has changed it; empty
	// while it has not been touched.
	Ours []int `json:"ours,omitempty"`
}

func (r *autoscalerRecord) changed() bool { return r != nil && len(r.Ours) > 0 }

func (r *autoscalerRecord) next(n int) {
	if !slices.Contains(r.Ours, n) {
		r.Ours = append(slices.Clone(r.Ours), n)
	}
}

func (r *autoscalerRecord) done(n int) { r.Ours = []int{n} }

// open returns the autoscaler that the record is of.
func (r *autoscalerRecord) open(c *clients) autoscaler {
	if r.Kind == kindKEDA {
		return newKEDA(c, r.Name, r.Paused)
	}
	return newHPA(c, r.Name, r.Min, r.Max)
}

// findAutoscaler returns who else scales the target, or nil. A ScaledObject comes
// first: it owns a HorizontalPodAutoscaler, which it would put right again. Where
// ScaledObjects may not be listed, that one tells of it: KEDA makes one for each.
func findAutoscaler(ctx context.Context, c *clients, target object) (autoscaler, error) {
	found, unseen := findKEDA(ctx, c, target)
	if unseen != nil && !forbidden(unseen) || found != nil {
		return found, unseen
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	list, err := c.typed.AutoscalingV2().HorizontalPodAutoscalers(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, permanent(fmt.Errorf("looking for an autoscaler of %s: %w", describe(target.ref), err))
	}
	for _, hpa := range list.Items {
		if !scales(hpa.Spec.ScaleTargetRef, target) {
			continue
		}
		if owner := metav1.GetControllerOf(&hpa); unseen != nil && owner != nil && owner.Kind == kindKEDA {
			return ownerOf(ctx, c, owner.Name), nil
		}
		return newHPA(c, hpa.Name, hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas), nil
	}
	return nil, nil
}

// scales tells whether a reference means the target; versions of one group are the same object.
func scales(ref autoscalingv2.CrossVersionObjectReference, target object) bool {
	return ref.Name == target.ref.Name && ref.Kind == target.ref.Kind && groupOf(ref.APIVersion) == target.resource.Group
}

func refusal(found autoscaler, target v1alpha1.ScaleTargetRef) error {
	return fmt.Errorf("%s scales %s and would work against the run; set spec.target.autoscaler: pause to hold it during the run, or remove it", found, describe(target))
}
