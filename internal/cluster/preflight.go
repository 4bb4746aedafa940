package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// PreflightError lists everything that would make a run fail.
type PreflightError struct {
	Refusals preflight.Findings
	// Advice is what is longer than a line; may be empty.
	Advice string
}

// Error has a line per refusal, and the advice.
func (e *PreflightError) Error() string {
	text := "the cluster is not ready for this run:"
	for _, line := range e.Refusals.Lines() {
		text += "\n  " + strings.ReplaceAll(line, "\n", "\n    ")
	}
	return text + e.Advice
}

// PreflightOptions say who asks, and for what.
type PreflightOptions struct {
	// Inside is for the driver's pod.
	Inside bool
	// Run is the caller's own run, whose lock is no problem.
	Run string
	// Submits means that deploy and submit are to make what the experiment says, so that
	// they are tried, too.
	Submits bool
	// Look says how far the look at the target goes, Load what it sends.
	Look preflight.Look
	Load preflight.Load
}

// Preflight looks for everything that would make a run fail and changes nothing. What it
// refuses is a *PreflightError, too. Only a locustfile's target is asked for ready.path:
// a swarmfile says itself what the users ask for.
func (c *Cluster) Preflight(ctx context.Context, exp *spec.Experiment, opts PreflightOptions) (preflight.Findings, error) {
	in := preflight.Inspection{
		Config: c.config(exp, opts.Inside), Experiment: exp.LoadMatrix.Name, OwnRun: opts.Run, Inside: opts.Inside,
		Look: opts.Look, Load: opts.Load,
	}
	if exp.Swarmfile == nil {
		in.Load.ReadyPath = exp.LoadMatrix.Spec.Target.Ready.Path
	} else {
		in.Load.Swarmfile = exp.LoadFile
	}
	for _, s := range exp.Axes.Cells() {
		in.Replicas, in.Workers = append(in.Replicas, s.Replicas), max(in.Workers, s.Workers)
	}
	slices.Sort(in.Replicas)
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
	if !opts.Inside { // a driver may read no Secret
		found = append(found, c.readFindings(ctx, exp)...)
	}
	advice := ""
	if opts.Submits {
		var more preflight.Findings
		more, advice = c.grantFindings(ctx, exp)
		found = append(append(found, more...), c.needFindings(ctx, in.Set)...)
	}
	if refusals := found.Refusals(); len(refusals) > 0 {
		err = &PreflightError{refusals, advice}
	}
	return found, err
}

// planned are the objects that deploy and submit would make. Where the cluster cannot
// tell of the target, which is a finding of its own, they are as by default.
func (c *Cluster) planned(ctx context.Context, exp *spec.Experiment) (*manifests.Set, error) {
	set, err := c.Objects(ctx, exp)
	if err == nil || errors.As(err, new(*manifests.InvalidError)) {
		return set, err
	}
	return manifests.Build(exp, manifests.Options{})
}
