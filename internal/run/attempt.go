package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// attempt is one execution of a scenario.
type attempt struct {
	*campaign
	key     matrix.Key
	number  int
	index   int
	planned spec.Planned

	rec   result.Record
	caps  locust.Capabilities
	phase Phase
	began time.Time
	// waiting is what was last waited for, so that it is told once.
	waiting string
	// leasedAway is when another driver was first found to hold the load (see takeLease).
	leasedAway time.Time
	// lost is why what was measured could not be kept. It ends the run, so that the
	// scenario is measured again when there is room, and not counted as tried.
	lost error
	// gone is the end of a part that cannot be replaced. It ends the run, too; what was
	// under way is tried again when it is continued.
	gone error
	// unfit is why a part of the load, which has worked earlier in this run, cannot be
	// brought up any more. It ends the run when no attempt is left.
	unfit error
	door  frontDoor
	// swarmed says that a load may have been started, swarmedAt when it was.
	swarmed   bool
	swarmedAt time.Time
	// lookedForFailures is when failed requests were last looked for, nextFailures the
	// second to go on with, failuresSeen and successesSeen how many the totals had.
	lookedForFailures time.Time
	nextFailures      int64
	failuresSeen      map[result.ErrorCount]int64
	successesSeen     int64
	// raised is what user code had raised when the master was last asked and had any.
	raised []locust.Exception
	watch  *watch
	// measured is when the window had ended.
	measured time.Time
}

// step is one stage of an attempt. do observes and does one thing; it is called
// again after its pause until it is done, fails, or the time limit has passed.
type step struct {
	phase Phase
	limit time.Duration
	do    func(context.Context, *attempt) (progress, error)
	// proven tells whether what the step brings up, a part of ours, has worked in this
	// run: then it is no scenario's trouble if it does not any more.
	proven func(*attempt) bool
	// hopeless tells whether an end that another attempt would meet again awaits every
	// scenario that is left.
	hopeless func(*attempt) bool
}

// progress is what a step has reached.
type progress struct {
	done bool
	// pause is the time until the next look.
	pause time.Duration
	// waiting says what is waited for; it becomes the reason when the limit passes.
	waiting string
	// bound is the field of the experiment that sets the limit; empty where none does.
	bound string
}

func done() (progress, error) { return progress{done: true}, nil }

func again(pause time.Duration, format string, args ...any) (progress, error) {
	return progress{pause: pause, waiting: fmt.Sprintf(format, args...)}, nil
}

// by names what set the limit that has passed.
func (p progress) by() string {
	if p.bound == "" {
		return ""
	}
	return " (" + p.bound + ")"
}

// invalidError ends an attempt as INVALID.
type invalidError struct{ reasons []string }

func (e *invalidError) Error() string { return strings.Join(e.reasons, "; ") }

func invalid(format string, args ...any) error {
	return &invalidError{[]string{fmt.Sprintf(format, args...)}}
}

// hopelessError ends an attempt as ERROR that another attempt would meet again.
type hopelessError struct{ error }

func (e *hopelessError) Unwrap() error { return e.error }

// steps are the recipe of an attempt.
func (a *attempt) steps() []step {
	e := a.Experiment
	scaleLimit := e.LoadMatrix.Spec.Target.Ready.Timeout.Duration + platform.DrainTimeout
	return []step{
		{PhaseScale, answerLimit, stepFrontDoor, always, never},
		{PhaseScale, scaleLimit, stepScaleTarget, never, targetHopeless},
		{PhaseWorkers, a.startLimit(), stepMaster, masterProven, masterHopeless},
		{PhaseWorkers, a.startLimit(), stepScaleWorkers, crewProven, crewHopeless},
		{PhaseWorkers, registerLimit, stepRegistered, never, never},
		{PhaseSwarm, idleLimit, stepSwarm, never, never},
		{PhaseRamp, e.Ramp(a.key.Users) + spawnSlack, stepSpawned, never, never},
		{PhaseSettle, e.Settle() + spawnSlack, stepSettle(), never, never},
		{PhaseMeasure, e.Duration() + measureSlack, stepMeasure, never, never},
	}
}

func always(*attempt) bool         { return true }
func never(*attempt) bool          { return false }
func masterProven(a *attempt) bool { return a.masterWorked }
func crewProven(a *attempt) bool   { return a.key.Workers <= a.largestCrew }

// The limits of waits, which only decide when to give up.
const (
	// startLimit is for starting processes of the load, unless the platform says more.
	startLimit = 60 * time.Second
	// registerLimit is for workers to appear in the master; a Python worker takes
	// seconds to import, many at once on few cores take more.
	registerLimit = 90 * time.Second
	// idleLimit covers a master that stays "stopping" for a minute (locust-protocol.md 33).
	idleLimit = 80 * time.Second
	// spawnSlack is for reports and caches on top of the ramp (locust-protocol.md 34).
	spawnSlack = 30 * time.Second
	// measureSlack is for late slices and a slow master.
	measureSlack = 30 * time.Second
)

// run makes the attempt and always stops the load afterwards. again says whether
// another attempt could do better.
func (a *attempt) run(ctx context.Context) (rec result.Record, again bool) {
	a.rec = result.Record{
		Key: a.key, Role: a.role(a.key), Attempt: a.number, Started: time.Now().UTC(),
		Engine: string(a.Experiment.LoadMatrix.Spec.Load.Engine),
	}
	a.began = time.Now()
	a.emitHere(Event{Type: AttemptStarted})
	err := a.do(ctx)
	again = a.judge(ctx, err)
	a.enter(PhaseStop)
	a.tellRaised(ctx)
	if err := a.stop(ctx); err != nil {
		a.rec.Warnings = append(a.rec.Warnings, err.Error())
	}
	a.leave()
	a.idleSince = time.Now()
	if a.rec.Status == result.Success {
		// A whole window is not given up for seconds.
		ctx, cancel := outlive(ctx, proofGrace)
		again = a.judge(ctx, a.confirm(ctx))
		cancel()
	}
	a.tellOutage()
	a.rec.Finished = time.Now().UTC()
	return a.rec, again
}

func (a *attempt) do(ctx context.Context) error {
	for _, s := range a.steps() {
		a.enter(s.phase)
		if err := a.wait(ctx, guarded(s)); err != nil {
			if s.proven(a) && !errors.As(err, new(*invalidError)) {
				a.unfit = err
			}
			if errors.As(err, new(*hopelessError)) && s.hopeless(a) {
				a.gone = err
			}
			return err
		}
	}
	return nil
}

// wait repeats one step until it is over.
func (a *attempt) wait(ctx context.Context, s step) error {
	deadline := time.Now().Add(s.limit)
	for {
		p, err := s.do(ctx, a)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case p.done:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("gave up after %v%s: %s", s.limit, p.by(), p.waiting)
		}
		a.tellWaiting(p.waiting)
		if err := sleep(ctx, p.pause); err != nil {
			return err
		}
	}
}

// judge turns the end of the steps into a status.
func (a *attempt) judge(ctx context.Context, err error) (again bool) {
	var invalid *invalidError
	var hopeless *hopelessError
	switch {
	case ctx.Err() != nil:
		a.rec.Status, a.rec.Reasons = result.Interrupted, []string{"interrupted"}
		return true
	case errors.As(err, &invalid):
		a.rec.Status, a.rec.Reasons = result.Invalid, invalid.reasons
		return true
	case errors.As(err, &hopeless):
		a.rec.Status, a.rec.Reasons = result.Error, []string{err.Error()}
		return false
	case err != nil:
		a.rec.Status, a.rec.Reasons = result.Error, []string{err.Error()}
		return true
	}
	a.rec.Status = result.Success
	if reasons := a.watch.verdict(); len(reasons) > 0 {
		a.rec.Status, a.rec.Reasons = result.Invalid, reasons
	}
	return a.rec.Status == result.Invalid
}

// enter begins a phase, unless it is already under way.
func (a *attempt) enter(p Phase) {
	if a.phase == p {
		return
	}
	a.leave()
	a.phase, a.began, a.waiting = p, time.Now(), ""
	a.emitHere(Event{Type: PhaseStarted})
}

// leave books the time of the present phase.
func (a *attempt) leave() {
	addPhase(&a.rec.Phases, a.phase, time.Since(a.began))
	a.began = time.Now()
}

func (a *attempt) tellWaiting(what string) {
	if what != "" && what != a.waiting {
		a.waiting = what
		a.emitHere(Event{Type: Waiting, Message: what})
	}
}

// emitHere completes an event with where the attempt is and how long it will take.
func (a *attempt) emitHere(e Event) {
	e.Key, e.Attempt, e.Phase, e.Index = &a.key, a.number, a.phase, a.index
	left := a.left()
	e.ScenarioLength, e.ScenarioLeft = a.eta.attempt(a.planned).Seconds(), left.Seconds()
	e.RunLeft = (left + a.planned.Time.Cooldown + a.eta.from(a.index+1)).Seconds()
	a.emit(e)
}

// left is the planned time of the present phase and those after it.
func (a *attempt) left() time.Duration {
	t := a.planned.Time
	start := a.eta.start(a.planned)
	order := []struct {
		phase Phase
		time  time.Duration
	}{
		{PhaseScale, start},
		{PhaseWorkers, 0},
		{PhaseSwarm, 0},
		{PhaseRamp, t.Ramp},
		{PhaseSettle, t.Settle},
		{PhaseMeasure, t.Measure},
		{PhaseCollect, 0},
		{PhaseStop, a.eta.overhead(a.planned) - start},
	}
	var sum time.Duration
	reached := a.phase == ""
	for _, o := range order {
		if o.phase == a.phase {
			reached = true
			sum += max(o.time-time.Since(a.began), 0)
		} else if reached {
			sum += o.time
		}
	}
	return sum
}
