package run

import (
	"context"
	"errors"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// answerLimit is how long the balancer may take to answer before an attempt begins.
const answerLimit = 10 * time.Second

// balancer is the platform's own part between the load and the target (platform.Instrument),
// as an attempt found it. Its faults are never the target's.
type balancer struct {
	of                  platform.Instrumented // nil when there is none
	began, opened, last platform.Instrument
	// noted says that the window has its reason; more looks would only reword it.
	noted bool
}

// findBalancer waits until the balancer answers, and keeps its first state.
func (a *attempt) findBalancer(ctx context.Context) (progress, error) {
	of, ok := a.platform.(platform.Instrumented)
	if !ok || a.exp.LoadMatrix.Spec.Target.URL != "" {
		return done() // the load does not pass through it
	}
	i, err := of.Instrument(ctx)
	switch {
	case a.isGone(err):
		return progress{}, invalid(validity.BalancerTrouble, words.OneLine(err.Error()))
	case err != nil:
		return again(masterPause, "%v", err)
	}
	a.balancer = balancer{of: of, began: i, last: i}
	return done()
}

// isGone tells whether the balancer has ended, and notes that the run ends with it.
func (a *attempt) isGone(err error) bool {
	var gone *platform.GoneError
	if !errors.As(err, &gone) {
		return false
	}
	a.gone = err
	return true
}

// guarded makes an action fail as soon as the balancer is in trouble: a target that is
// not ready then, or requests that fail, say nothing about the target.
func (a *attempt) guarded(do action) action {
	return func(ctx context.Context) (progress, error) {
		if troubles := a.observeBalancer(ctx); len(troubles) > 0 {
			return progress{}, &invalidError{troubles}
		}
		return do(ctx)
	}
}

// observeBalancer returns what the balancer has done against the attempt since it began.
func (a *attempt) observeBalancer(ctx context.Context) []result.Finding {
	if a.balancer.of == nil {
		return nil
	}
	i, err := a.balancer.of.Instrument(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case a.isGone(err):
		return validity.Troubles(words.Gist(err.Error()))
	case err != nil:
		return validity.Troubles(words.OneLine(err.Error()))
	}
	a.balancer.last = i
	troubles, _ := i.Since(a.balancer.began)
	return validity.Troubles(troubles...)
}

// openBalancer keeps the state in which the window opens.
func (a *attempt) openBalancer() { a.balancer.opened = a.balancer.last }

// watchBalancer judges the balancer during a window, and tells whether it is sound.
func (a *attempt) watchBalancer(ctx context.Context) bool {
	if !a.balancer.noted {
		troubles := a.observeBalancer(ctx)
		a.balancer.noted = !a.watch.JudgeBalancer(troubles, a.balancer.last.Name, a.balancer.stalled(), a.windowLength())
	}
	return !a.balancer.noted
}

// closeBalancer judges it a last time at the end of the window.
func (a *attempt) closeBalancer(ctx context.Context) {
	if a.watchBalancer(ctx) {
		a.doubt(validity.DoubtBalancer(a.balancer.last.Name, a.balancer.stalled(), a.windowLength())...)
	}
}

// windowLength is the window's, as planned until it is known.
func (a *attempt) windowLength() time.Duration {
	if m := a.rec.Measured; m != nil {
		return time.Duration(m.Duration * float64(time.Second))
	}
	return a.exp.Duration()
}

func (b balancer) stalled() time.Duration {
	_, stalled := b.last.Since(b.opened)
	return stalled
}
