package worker

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// runner is what a user does: httpuser.User, or a test's stand-in.
type runner interface {
	Run(ctx context.Context, finish <-chan struct{})
	Close()
	// Silence makes the user record nothing from now on.
	Silence()
}

// fleet is the running users by class. Only Worker's goroutine uses it.
type fleet struct {
	classes map[string][]*running
	// ending are users that were told to end and may not have yet.
	ending  []*running
	total   int
	started int
	panics  chan<- wire.Exception
}

type running struct {
	user   runner
	finish chan struct{}
	ended  chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
}

func (r *running) hasEnded() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// patience is how long users that were cut off may take to end. A user that is stuck, for
// whatever reason, must not make the master give up the worker.
const patience = time.Second

// panicPause keeps a user that panics at once from doing so in a tight loop.
const panicPause = time.Second

func newFleet(panics chan<- wire.Exception) *fleet {
	return &fleet{classes: map[string][]*running{}, panics: panics}
}

// next numbers the users of this process.
func (f *fleet) next() int {
	f.started++
	return f.started
}

func (f *fleet) count() int                  { return f.total }
func (f *fleet) classCount(class string) int { return len(f.classes[class]) }

// start runs a user. Its context has no parent, so that a thousand users do not contend for
// one context's lock at every request's deadline.
func (f *fleet) start(class string, u runner) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{user: u, finish: make(chan struct{}), ended: make(chan struct{}), ctx: ctx, cancel: cancel}
	f.classes[class] = append(f.classes[class], r)
	f.total++
	go func() {
		defer close(r.ended)
		defer cancel()
		defer u.Close()
		f.keepRunning(ctx, u, r.finish)
	}()
}

// keepRunning runs a user until it is told to end, whatever panics.
func (f *fleet) keepRunning(ctx context.Context, u runner, finish <-chan struct{}) {
	for f.panicked(ctx, u, finish) {
		select {
		case <-ctx.Done():
			return
		case <-finish:
			return
		case <-time.After(panicPause):
		}
	}
}

// panicked tells whether the user ended by a panic, and reports it.
func (f *fleet) panicked(ctx context.Context, u runner, finish <-chan struct{}) (yes bool) {
	defer func() {
		if p := recover(); p != nil {
			yes = true
			select {
			case f.panics <- wire.Exception{Msg: fmt.Sprint(p), Traceback: string(debug.Stack())}:
			default: // the master has enough to read already
			}
		}
	}()
	u.Run(ctx, finish)
	return false
}

// stop ends the n newest users of a class. Within a grace period they may finish their
// requests; without one these are cut off and not counted.
func (f *fleet) stop(class string, n int, grace time.Duration) {
	users := f.classes[class]
	keep := max(len(users)-n, 0)
	for _, r := range users[keep:] {
		close(r.finish)
		if grace <= 0 {
			r.cancel()
		} else {
			time.AfterFunc(grace, r.cancel)
		}
	}
	f.ending = append(slices.DeleteFunc(f.ending, (*running).hasEnded), users[keep:]...)
	clear(users[keep:])
	f.classes[class] = users[:keep]
	f.total -= len(users) - keep
}

// stopAll ends all users. Without a grace period it also cuts off those that had been given one.
func (f *fleet) stopAll(grace time.Duration) {
	for class := range f.classes {
		f.stop(class, len(f.classes[class]), grace)
	}
	if grace <= 0 {
		for _, r := range f.ending {
			r.cancel()
		}
	}
}

// waiting returns a function, for any goroutine, that returns when the users that are ending
// have ended, or have been cut off and used up their patience.
func (f *fleet) waiting() func() {
	ending := slices.Clone(f.ending)
	return func() {
		for _, r := range ending {
			select {
			case <-r.ended:
			case <-r.ctx.Done():
			}
		}
		late := time.NewTimer(patience)
		defer late.Stop()
		for _, r := range ending {
			select {
			case <-r.ended:
			case <-late.C:
				return
			}
		}
	}
}

// disown gives up and silences the users that have not ended, and returns their number.
func (f *fleet) disown() int {
	f.ending = slices.DeleteFunc(f.ending, (*running).hasEnded)
	for _, r := range f.ending {
		r.user.Silence()
	}
	n := len(f.ending)
	f.ending = nil
	return n
}
