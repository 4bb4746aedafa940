package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// step is one stage of an attempt.
type step struct {
	phase Phase
	// limit is when to give up.
	limit time.Duration
	do    action
	// proven tells whether what the step brings up, a part of ours, has worked in this
	// run: if it does not any more, that is not the scenario's fault. Nil is never.
	proven func() bool
	// endsRun tells whether every scenario that is left would fail at this step as this
	// one did, when it failed for good. Nil is never.
	endsRun func() bool
}

// action observes and does one thing. It is called again, after the pause that it asks
// for, until it is done or fails; so it must be idempotent.
type action func(context.Context) (progress, error)

// progress is what an action has reached.
type progress struct {
	done bool
	// pause is the time until the next call.
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

// await repeats an action until it is done, fails, or has taken longer than the limit.
// tell gets what is waited for, before each pause.
func await(ctx context.Context, limit time.Duration, do action, tell func(waiting string)) error {
	deadline := time.Now().Add(limit)
	for {
		p, err := do(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case p.done:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("gave up after %v%s: %s", limit, p.by(), p.waiting)
		}
		tell(p.waiting)
		if err := sleep(ctx, p.pause); err != nil {
			return err
		}
	}
}

// by names the field that set the limit.
func (p progress) by() string {
	if p.bound == "" {
		return ""
	}
	return " (" + p.bound + ")"
}

// invalidError ends an attempt as INVALID.
type invalidError struct{ found []result.Finding }

func (e *invalidError) Error() string { return strings.Join(result.Texts(e.found), "; ") }

func invalid(r validity.Rule, args ...any) error {
	return &invalidError{[]result.Finding{r.Breaks(args...)}}
}

// permanentError ends an attempt as ERROR, and says that another one would fail alike.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// outlive returns a context that ends some time after ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}
