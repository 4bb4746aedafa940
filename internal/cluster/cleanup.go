package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// podsEnd is how long pods may outlive the owners that cleanup has deleted: the usual
// termination grace period, and a moment.
const podsEnd = 45 * time.Second

// CleanupOptions are the options of Cleanup.
type CleanupOptions struct {
	// DiscardResults deletes results that were never downloaded.
	DiscardResults bool
	// Restore restores the target from its Lease if a run left it changed, and says what it
	// did. It is called after the drivers have ended and before the Lease is deleted.
	Restore func(context.Context) (string, error)
	// Tell is called for each thing that was done.
	Tell func(string)
	// Unseen, if not nil, is called with the kinds that the caller may not list: Roles and
	// RoleBindings that somebody with more rights created, which stay.
	Unseen func(kinds []string)
}

// Cleanup stops runs, restores the target, and deletes everything with the experiment's
// labels. The error lists what remains. Results that were never downloaded stay, with all
// ConfigMaps, and are a *driver.NotDownloadedError.
func (c *Cluster) Cleanup(ctx context.Context, exp *experiment.Experiment, opts CleanupOptions) error {
	selector := manifests.Selector(exp.LoadMatrix)
	unseen := c.unseen(ctx, selector)
	if err := c.Runs(exp).RefuseOthers(ctx); err != nil {
		opts.Tell("left alone: " + err.Error())
	}
	// The drivers first: each stops its load and restores its target itself.
	if err := c.deleteAll(ctx, c.only(isDriver), selector, opts.Tell); err != nil {
		return err
	}
	if opts.Restore != nil {
		done, err := opts.Restore(ctx)
		if err != nil {
			return fmt.Errorf("restoring the target: %w; nothing else was deleted, so that cleanup can be run again", err)
		}
		if done != "" {
			opts.Tell(done)
		}
	}
	var wanted error
	if !opts.DiscardResults {
		if wanted = c.Runs(exp).RefuseNotDownloaded(ctx); wanted != nil && !errors.As(wanted, new(*driver.NotDownloadedError)) {
			return wanted
		}
	}
	if wanted == nil && !opts.DiscardResults {
		if err := c.tellEmpty(ctx, exp, opts.Tell); err != nil {
			return err
		}
	}
	rest := func(kind string) bool {
		return !isDriver(kind) && kind != "Lease" && !slices.Contains(unseen, kind) && (kind != "ConfigMap" || wanted == nil)
	}
	if err := c.deleteAll(ctx, c.only(rest), selector, opts.Tell); err != nil {
		return err
	}
	// A try of the target that was killed leaves its pod behind.
	tries := kindOf("Pod", c.Client.CoreV1().Pods(c.Namespace))
	if err := c.deleteAll(ctx, []kind{tries}, manifests.PartSelector(exp.LoadMatrix, manifests.PartTry), opts.Tell); err != nil {
		return err
	}
	if err := c.dropLeases(ctx, func(change Change) { opts.Tell(change.String()) }); err != nil {
		return err
	}
	if wanted != nil {
		return fmt.Errorf("keeping the ConfigMaps: %w, and run cleanup again", wanted)
	}
	if len(unseen) > 0 && opts.Unseen != nil {
		opts.Unseen(unseen)
	}
	return c.prove(ctx, selector, unseen)
}

// tellEmpty says of which runs nothing is kept though nobody has fetched them.
func (c *Cluster) tellEmpty(ctx context.Context, exp *experiment.Experiment, tell func(string)) error {
	slots, err := c.Runs(exp).Slots(ctx)
	for _, s := range slots {
		if !s.Fetched() {
			tell(fmt.Sprintf("run %s measured nothing in %s, so none of its results are kept", s.Run, matrix.Count(s.Records, "attempt")))
		}
	}
	return err
}

// unseen are the kinds that grant rights and that the caller may not list.
func (c *Cluster) unseen(ctx context.Context, selector string) (kinds []string) {
	for _, k := range c.only(grantsRights) {
		if _, err := k.list(ctx, selector); kubeapi.Denied(err) {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

// isDriver tells whether a kind starts drivers.
func isDriver(kind string) bool { return kind == "CronJob" || kind == "Job" }

// only filters kinds and keeps their order.
func (c *Cluster) only(match func(kind string) bool) []kind {
	return slices.DeleteFunc(c.kinds(), func(k kind) bool { return !match(k.name) })
}

// deleteAll deletes all objects of kinds and waits until they are gone.
func (c *Cluster) deleteAll(ctx context.Context, kinds []kind, selector string, tell func(string)) error {
	ctx, cancel := context.WithTimeout(ctx, jobEnd)
	defer cancel()
	for _, k := range kinds {
		found, err := k.list(ctx, selector)
		if err != nil {
			return fmt.Errorf("listing %ss: %w", k.name, kubeapi.Explain(err))
		}
		for _, o := range found {
			if err := k.delete(ctx, o.GetName()); err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("deleting %s %s: %w", k.name, o.GetName(), kubeapi.Explain(err))
			}
		}
		for _, o := range found {
			if err := c.waitGone(ctx, k, o.GetName(), o.GetUID()); err != nil {
				return err
			}
			tell(Change{Kind: k.name, Name: o.GetName(), What: "deleted"}.String())
		}
	}
	return nil
}

// prove makes sure that nothing remains, pods included, which are deleted with their owners.
func (c *Cluster) prove(ctx context.Context, selector string, unseen []string) error {
	remaining, err := c.remaining(ctx, selector, unseen)
	if err != nil {
		return err
	}
	pods, err := c.remainingPods(ctx, selector)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range append(remaining, pods...) {
		errs = append(errs, errors.New(r.String()))
	}
	return errors.Join(errs...)
}

// remainingPods gives the pods of deleted owners time to end: a garbage collector that is
// behind lets an owner go before it has seen the owner's newest pods.
func (c *Cluster) remainingPods(ctx context.Context, selector string) (remaining []Change, err error) {
	wait, cancel := context.WithTimeout(ctx, podsEnd)
	defer cancel()
	for {
		pods, err := kindOf("Pod", c.Client.CoreV1().Pods(c.Namespace)).list(ctx, selector)
		if err != nil {
			return nil, fmt.Errorf("listing pods: %w", kubeapi.Explain(err))
		}
		if len(pods) == 0 {
			return nil, nil
		}
		if kubeapi.Pause(wait, deployPause) == nil {
			continue
		}
		for _, o := range pods {
			remaining = append(remaining, Change{Kind: "Pod", Name: o.GetName(), What: "remains"})
		}
		return remaining, nil
	}
}
