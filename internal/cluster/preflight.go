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
	if opts.Submits {
		set, err := c.planned(ctx, exp)
		if err != nil {
			return nil, err
		}
		in.Set = set
	}
	found, err := preflight.Run(ctx, in)
	if err != nil {
		return found, err
	}
	found = append(append(found, c.deployedFindings(ctx, exp, opts)...), c.readFindings(ctx, exp)...)
	advice := ""
	if opts.Submits {
		var more preflight.Findings
		more, advice = c.grantFindings(ctx, exp)
		found = append(append(found, more...), c.needFindings(ctx, in.Set)...)
	}
	return found, found.Refused(advice)
}

// planned are the objects that deploy and submit would create, with defaults for what cannot
// be read of the target, which has a finding of its own.
func (c *Cluster) planned(ctx context.Context, exp *experiment.Experiment) (*manifests.Set, error) {
	opts, err := c.options(ctx, exp)
	if errors.As(err, new(*manifests.InvalidError)) {
		return nil, err
	}
	return manifests.Build(exp, opts)
}
