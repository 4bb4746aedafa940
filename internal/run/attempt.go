package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// attempt is one execution of a scenario. What it is about and what it has seen are its
// own; what outlives it belongs to the campaign or, if it is about the load, to the generator.
type attempt struct {
	campaign  *Campaign
	generator *generator
	platform  platform.Platform
	exp       *experiment.Experiment
	// failing is what the whole run knows of failed requests.
	failing *failures

	key matrix.Key
	// why is why it is measured, for people; empty if just its turn has come.
	why     string
	number  int
	index   int
	planned experiment.Planned

	rec   result.Record
	phase Phase
	began time.Time
	// waiting is what the last event said the attempt waits for, so that nothing is told twice.
	waiting string

	// lost is why the measurement could not be saved. It ends the run. The attempt leaves
	// no record, so that the scenario is measured again when the run is continued.
	lost error
	// gone is set when something has ended that no attempt can replace. It ends the run;
	// the scenario is tried again when the run is continued.
	gone error
	// brokenPart is why a part of the load that worked earlier in this run does not start any
	// more. It ends the run after the scenario's last attempt.
	brokenPart error

	balancer balancer
	scaleUp  scaleUp
	// swarmed says that a load may have been started, swarmedAt when it was.
	swarmed   bool
	swarmedAt time.Time
	// ramped is the first second, on the clock of the slices, in which all users run.
	ramped       int64
	failuresRead failureReader
	course       course
	// exceptions are those of user code that the master reported last.
	exceptions []locust.Exception
	watch      *validity.Watch
	// measured is when the window ended, idleSince when the load had stopped.
	measured, idleSince time.Time
}

func (c *Campaign) newAttempt(index int, p turn, number int) *attempt {
	return &attempt{
		campaign: c, generator: c.generator, platform: c.opts.Platform, exp: c.exp, failing: &c.failing,
		key: p.Key, why: p.why, number: number, index: index, planned: c.plan.Scenarios[index],
		rec: result.Record{
			Key: p.Key, Role: p.Role, Attempt: number, Started: time.Now().UTC(),
			Engine: string(c.exp.LoadMatrix.Spec.Load.Engine),
		},
		began: time.Now(),
	}
}

// run makes the attempt and always stops the load afterwards. again says whether
// another attempt could do better.
func (a *attempt) run(ctx context.Context) (rec result.Record, again bool) {
	a.emit(Event{Type: AttemptStarted, Message: a.why, Role: a.rec.Role})
	again = a.conclude(ctx, a.do(ctx))
	a.enter(PhaseStop)
	a.tellExceptions(ctx)
	if err := a.stop(ctx); err != nil {
		a.warn("%v", err)
	}
	a.leave()
	a.idleSince = time.Now()
	if a.rec.Status == result.Success {
		// A few more seconds are better spent than a whole window.
		ctx, cancel := outlive(ctx, proofGrace)
		again = a.conclude(ctx, a.confirm(ctx))
		cancel()
	}
	if a.rec.Status != result.Success && a.rec.Measured != nil {
		// They are for a judgement, which this attempt does not get.
		a.rec.Measured = a.rec.Measured.WithoutBatches()
	}
	if a.course.Timeline != nil {
		a.rec.Series = a.course.Series()
	}
	a.tellOutage()
	a.rec.Finished = time.Now().UTC()
	return a.rec, again
}

// do takes the steps until one fails, and notes what its failure means for the rest of
// the run.
func (a *attempt) do(ctx context.Context) error {
	for _, s := range a.steps() {
		a.enter(s.phase)
		err := await(ctx, s.limit, a.guarded(s.do), a.tellWaiting)
		if err == nil {
			continue
		}
		if s.proven != nil && s.proven() && !errors.As(err, new(*invalidError)) {
			a.brokenPart = err
		}
		if s.endsRun != nil && s.endsRun() && errors.As(err, new(*permanentError)) {
			a.gone = err
		}
		return err
	}
	return nil
}

// conclude turns the end of the steps into a status.
func (a *attempt) conclude(ctx context.Context, err error) (again bool) {
	var invalid *invalidError
	var permanent *permanentError
	switch {
	case ctx.Err() != nil:
		a.rec.Status, a.rec.Reasons = result.Interrupted, []string{"interrupted"}
		return true
	case errors.As(err, &invalid):
		a.invalidate(invalid.found)
		return true
	case errors.As(err, &permanent):
		a.rec.Status, a.rec.Reasons = result.Error, []string{err.Error()}
		return false
	case err != nil:
		a.rec.Status, a.rec.Reasons = result.Error, []string{err.Error()}
		return true
	}
	a.rec.Status = result.Success
	if against := a.watch.Against(); len(against) > 0 {
		a.invalidate(against)
	}
	return a.rec.Status == result.Invalid
}

func (a *attempt) invalidate(against []result.Finding) {
	a.rec.Status, a.rec.Reasons = result.Invalid, result.Texts(against)
	a.rec.Findings = slices.Concat(against, a.rec.Findings)
}

// stop ends the load, if there may be one. It works after the run was interrupted as
// well, within its own limit.
func (a *attempt) stop(ctx context.Context) error {
	switch {
	case !a.swarmed:
		return nil
	case a.rec.Status != result.Success && a.generator.ownPython():
		return a.generator.stopUnseen(ctx)
	}
	return a.generator.stop(ctx, a.tellWaiting)
}

func (a *attempt) warn(format string, args ...any) {
	a.rec.Warnings = append(a.rec.Warnings, fmt.Sprintf(format, args...))
}

// doubt warns of what makes the numbers doubtful, if anything does.
func (a *attempt) doubt(found ...result.Finding) {
	a.rec.Warnings = append(a.rec.Warnings, result.Texts(found)...)
	a.rec.Findings = append(a.rec.Findings, found...)
}
