package cluster

import (
	"context"
	"errors"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// Preflight looks for everything that would make a run fail and changes nothing. What it
// refuses is a *preflight.RefusedError, too.
func (c *Cluster) Preflight(ctx context.Context, exp *experiment.Experiment, opts preflight.Options) (preflight.Findings, error) {
	in := preflight.Of(c.config(exp), exp, opts)
	var plan planned
	var unplanned error
	if opts.Submits {
		if plan, unplanned = c.planned(ctx, exp); unplanned != nil {
			return nil, unplanned
		}
		in.Set = plan.set
	}
	found, err := preflight.Run(ctx, in)
	if err != nil {
		return found, err
	}
	if !opts.Submits {
		plan, unplanned = c.planned(ctx, exp)
	}
	meta := c.metadata()
	found = append(found, c.deployedFindings(ctx, exp, plan.set, unplanned, opts)...)
	found = append(found, c.readFindings(ctx, exp, meta)...)
	advice := ""
	if opts.Submits {
		var more preflight.Findings
		more, advice = c.grantFindings(ctx, exp, plan)
		found = append(append(found, more...), c.needFindings(ctx, plan.set, meta)...)
	}
	return found, found.Refused(advice)
}

// planned are the objects that deploy and submit would create.
type planned struct {
	set  *manifests.Set
	opts manifests.Options
	// unread is why not all of opts is known, which has a finding of its own; the set then
	// has defaults.
	unread error
}

func (c *Cluster) planned(ctx context.Context, exp *experiment.Experiment) (planned, error) {
	opts, err := c.options(ctx, exp)
	if errors.As(err, new(*manifests.InvalidError)) {
		return planned{}, err
	}
	set, invalid := manifests.Build(exp, opts)
	return planned{set, opts, err}, invalid
}
