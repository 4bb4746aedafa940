package driver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform/kube"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// RunOptions connect a driver to its process: files, measuring and messages.
type RunOptions struct {
	// Dir is the parent of the run's directory.
	Dir string
	// Check looks for what would make the run fail, before it begins.
	Check func(context.Context) error
	// Measure carries out the run and shows its progress; dir is the run's directory.
	Measure func(ctx context.Context, dir string, opts run.Options) (*result.Run, error)
	// Report writes the reports.
	Report func(dir string, journal *result.Run) error
	// Say prints progress, Warn an error.
	Say  func(text string)
	Warn func(err error)
	// Judge returns the exit code that a run outside a cluster would have, and the part of
	// the error to print; nil for none.
	Judge func(ctx context.Context, err error) (code int, told error)
}

// process is a running driver.
type process struct {
	*Driver
	opts      RunOptions
	publisher *Publisher
}

// Run measures, unless an earlier pod has already ended the run. It returns the exit code,
// which tells the Job whether the next pod is to continue.
func (d *Driver) Run(ctx context.Context, opts RunOptions) (code int) {
	p := &process{Driver: d, opts: opts}
	said, err := d.lastWord(ctx)
	if said != nil {
		opts.Say(fmt.Sprintf("run %s has ended already, with exit code %d", said.Run, said.ExitCode))
		return said.ExitCode
	}
	p.publisher = d.Publish()
	if !Transient(err) { // a status that cannot be read is no reason to give up the run
		err = p.run(ctx)
	}
	return p.finish(ctx, err)
}

func (p *process) run(ctx context.Context) error {
	begun, err := p.begun(ctx)
	if Transient(err) {
		return err
	}
	// If an earlier pod began the run, its target may still be scaled and under load, so that
	// a preflight would misjudge it. Without the right to find out, the preflight reports that.
	if !begun {
		if err := p.opts.Check(ctx); err != nil {
			return err
		}
	}
	dir := filepath.Join(p.opts.Dir, p.self.Run())
	if _, err := atomicfile.MkdirAll(dir); err != nil {
		return fmt.Errorf("making the results' directory: %w", err)
	}
	store, err := p.OpenStore(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(p.measure(ctx, store, dir), store.Close())
}

func (p *process) measure(ctx context.Context, store *Store, dir string) error {
	workloads, err := kube.New(p.config)
	if err != nil {
		return err
	}
	journal, err := p.opts.Measure(ctx, dir, run.Options{
		Experiment: p.exp, Platform: workloads, Store: store, Holder: p.self.Holder(),
		Observe: p.publisher.Observe,
	})
	if journal == nil {
		return err
	}
	reportErr := errors.Join(WriteJournal(dir, journal), p.opts.Report(dir, journal))
	if err != nil {
		return err
	}
	return reportErr
}

// finishTime bounds publishing the end; the rest of the pod's termination grace period is
// for restoring the target.
const finishTime = 15 * time.Second

// giveBackTime bounds giving the target back after an error.
const giveBackTime = time.Minute

// finish publishes how this pod ended and returns its exit code.
func (p *process) finish(ctx context.Context, err error) int {
	code, told := p.opts.Judge(ctx, err)
	exit := ExitOf(ctx, told, code)
	message := ""
	if told != nil {
		message = told.Error()
		p.opts.Warn(told)
		exit = p.unlessHeld(ctx, exit)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if err := p.publisher.Finish(end, exit.Finished, exit.Code, message); err != nil {
		p.opts.Warn(err)
	}
	return exit.Code
}

// unlessHeld lets no error end the run while the run still holds the target: the target is
// restored now, or else by the next pod.
func (p *process) unlessHeld(ctx context.Context, exit Exit) Exit {
	if !exit.Finished {
		return exit
	}
	ctx, cancel := context.WithTimeout(ctx, giveBackTime)
	defer cancel()
	done, err := p.giveBack(ctx)
	if err != nil {
		p.opts.Warn(fmt.Errorf("giving the target back: %w; `swarmgrid cleanup FILE` does that, too", err))
	} else if done != "" {
		p.opts.Say(done)
	}
	if err != nil && !kubeapi.Denied(err) {
		return Exit{Code: manifests.ExitTryAgain}
	}
	return exit
}

// Preflight looks from the driver's pod for what would make the run fail.
func (d *Driver) Preflight(ctx context.Context, opts preflight.Options) (preflight.Findings, error) {
	found, err := preflight.Run(ctx, preflight.Of(d.config, d.exp, opts))
	if err != nil {
		return found, err
	}
	return found, found.Refused("")
}
