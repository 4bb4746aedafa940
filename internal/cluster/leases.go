package cluster

import (
	"context"
	"fmt"
	"slices"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// dropLeases deletes unused Leases: no driver's Role names them, nobody holds them, and they
// hold nothing to restore. Experiments share a target's Lease, so that it has no experiment's
// label; the Roles tell who uses it.
func (c *Cluster) dropLeases(ctx context.Context, changed func(Change)) error {
	leases, err := c.Client.CoordinationV1().Leases(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: manifests.AppSelector})
	if err != nil {
		return fmt.Errorf("listing Leases: %w", kubeapi.Explain(err))
	}
	used, err := c.namedLeases(ctx)
	if kubeapi.Denied(err) {
		return nil // nobody knows who uses them
	}
	if err != nil {
		return err
	}
	for i := range leases.Items {
		lease := &leases.Items[i]
		if slices.Contains(used, lease.Name) {
			continue
		}
		change := Change{Kind: "Lease", Name: lease.Name, What: "deleted"}
		if needed := needed(lease); needed != "" {
			change.What = needed
		} else if err := c.deleteLease(ctx, lease); err != nil {
			return err
		}
		changed(change)
	}
	return nil
}

// namedLeases are the Leases that any driver's Role names.
func (c *Cluster) namedLeases(ctx context.Context) (names []string, err error) {
	roles, err := c.Client.RbacV1().Roles(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: manifests.AppSelector})
	if err != nil {
		return nil, fmt.Errorf("listing Roles: %w", kubeapi.Explain(err))
	}
	for _, role := range roles.Items {
		for _, rule := range role.Rules {
			if slices.Contains(rule.Resources, "leases") {
				names = append(names, rule.ResourceNames...)
			}
		}
	}
	return names, nil
}

// needed says why a Lease must be kept; empty if it need not be.
func needed(lease *coordinationv1.Lease) string {
	holder := ""
	if h := lease.Spec.HolderIdentity; h != nil {
		holder = *h
	}
	if holder == "" && lease.Annotations[targetlock.AnnotationRestore] == "" {
		return ""
	}
	run := "an earlier run"
	if holder != "" {
		run = "run " + holder
	}
	return fmt.Sprintf("kept: %s holds its target, or left it changed; `swarmgrid cleanup` with the file of that target restores it", run)
}

// refuseHeld is an error if a run from elsewhere, such as a person's machine, holds the target.
func (c *Cluster) refuseHeld(ctx context.Context, target v1alpha1.Target) error {
	name := targetlock.Name(target)
	lease, err := c.Client.CoordinationV1().Leases(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading Lease %s: %w", name, kubeapi.Explain(err))
	}
	if holder := lease.Spec.HolderIdentity; holder != nil && *holder != "" && !targetlock.Expired(lease, 0) {
		return &platform.HeldError{
			Target: c.describe(target), Holder: platform.Holder{Run: *holder, Detail: lease.Annotations[targetlock.AnnotationHolder]},
		}
	}
	return nil
}

func (c *Cluster) describe(t v1alpha1.Target) string {
	if ref := t.ScaleTargetRef; ref != nil {
		return fmt.Sprintf("%s %s/%s", ref.Kind, c.Namespace, ref.Name)
	}
	return t.URL
}

// deleteLease deletes a Lease unless it has changed since it was read.
func (c *Cluster) deleteLease(ctx context.Context, lease *coordinationv1.Lease) error {
	seen := metav1.Preconditions{UID: &lease.UID, ResourceVersion: &lease.ResourceVersion}
	err := c.Client.CoordinationV1().Leases(c.Namespace).Delete(ctx, lease.Name, metav1.DeleteOptions{Preconditions: &seen})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting Lease %s: %w", lease.Name, kubeapi.Explain(err))
	}
	return nil
}
