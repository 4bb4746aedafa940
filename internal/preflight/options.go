package preflight

import (
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// Options are the options of a preflight.
type Options struct {
	// Run is the caller's own run, which may hold the lock.
	Run string
	// Copy means that the experiment is a run's own copy, which does not have the values of
	// variables.
	Copy bool
	// Submits means that deploy and submit follow, so that their objects are checked, too.
	Submits bool
	// Deploys means that deploy is still to come, so that what only it makes is no refusal.
	Deploys bool
	// Look says how far the look at the target goes, Load what it sends.
	Look Look
	Load Load
}

// Of is the inspection of an experiment. For a locustfile, whose requests are not known,
// ready.path is requested.
func Of(config kubeapi.Config, exp *experiment.Experiment, opts Options) Inspection {
	in := Inspection{
		Config: config, Experiment: exp.LoadMatrix.Name, OwnRun: opts.Run, Inside: config.Inside, Deploys: opts.Deploys,
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
	return in
}

// RefusedError lists everything that would make a run fail.
type RefusedError struct {
	Refusals Findings
	// Advice is what is longer than a line; may be empty.
	Advice string
}

// Error has a line per refusal, and the advice.
func (e *RefusedError) Error() string {
	text := "the cluster is not ready for this run:"
	for _, line := range e.Refusals.Lines() {
		text += "\n  " + strings.ReplaceAll(line, "\n", "\n    ")
	}
	return text + e.Advice
}

// Refused is a *RefusedError where there are refusals.
func (f Findings) Refused(advice string) error {
	if refusals := f.Refusals(); len(refusals) > 0 {
		return &RefusedError{refusals, advice}
	}
	return nil
}
