package run

import (
	"context"
	"errors"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// answerLimit is how long the instrument may take to answer before an attempt begins.
const answerLimit = 10 * time.Second

// frontDoor is what the platform has put between the load and the target, as an attempt
// found it. Its faults are never the target's.
type frontDoor struct {
	of                  platform.Instrumented // nil when there is none
	began, opened, last platform.Instrument
	// noted says that the window has its reason; more looks would only reword it.
	noted bool
}

// findFrontDoor waits until the instrument answers, and keeps its first state.
func (a *attempt) findFrontDoor(ctx context.Context) (progress, error) {
	of, ok := a.platform.(platform.Instrumented)
	if !ok || a.exp.LoadMatrix.Spec.Target.URL != "" {
		return done() // the load does not pass through it
	}
	i, err := of.Instrument(ctx)
	switch {
	case a.isGone(err):
		return progress{}, invalid(validity.FrontDoorTrouble, words.OneLine(err.Error()))
	case err != nil:
		return again(masterPause, "%v", err)
	}
	a.door = frontDoor{of: of, began: i, last: i}
	return done()
}

// isGone tells whether the instrument has ended, and notes that the run ends with it.
func (a *attempt) isGone(err error) bool {
	var gone *platform.GoneError
	if !errors.As(err, &gone) {
		return false
	}
	a.gone = err
	return true
}

// guarded makes an action fail as soon as the instrument is in trouble: a target that is
// not ready then, or requests that fail, say nothing about the target.
func (a *attempt) guarded(do action) action {
	return func(ctx context.Context) (progress, error) {
		if reasons := a.observeFrontDoor(ctx); len(reasons) > 0 {
			return progress{}, &invalidError{reasons}
		}
		return do(ctx)
	}
}

// observeFrontDoor returns what the instrument has done against the attempt since it began.
func (a *attempt) observeFrontDoor(ctx context.Context) []string {
	if a.door.of == nil {
		return nil
	}
	i, err := a.door.of.Instrument(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case a.isGone(err):
		return []string{words.Gist(err.Error())}
	case err != nil:
		return []string{words.OneLine(err.Error())}
	}
	a.door.last = i
	troubles, _ := i.Since(a.door.began)
	return troubles
}

// openFrontDoor keeps the state in which the window opens.
func (a *attempt) openFrontDoor() { a.door.opened = a.door.last }

// watchFrontDoor judges the instrument during a window, and tells whether it is sound.
func (a *attempt) watchFrontDoor(ctx context.Context) bool {
	if !a.door.noted {
		troubles := a.observeFrontDoor(ctx)
		a.door.noted = !a.watch.JudgeFrontDoor(troubles, a.door.last.Name, a.door.stalled(), a.exp.Duration())
	}
	return !a.door.noted
}

// closeFrontDoor judges it a last time at the end of the window.
func (a *attempt) closeFrontDoor(ctx context.Context) {
	if a.watchFrontDoor(ctx) {
		a.doubt(validity.DoubtFrontDoor(a.door.last.Name, a.door.stalled(), a.exp.Duration()))
	}
}

func (d frontDoor) stalled() time.Duration {
	_, stalled := d.last.Since(d.opened)
	return stalled
}
