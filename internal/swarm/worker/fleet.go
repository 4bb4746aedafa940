package worker

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// runner is what a user does: httpuser.User, or a test's stand-in.
type runner interface {
	Run(ctx context.Context, finish <-chan struct{})
	Close()
}

// fleet is the running users by class. Only Worker's goroutine uses it, except for wait.
type fleet struct {
	classes map[string][]*running
	total   int
	started int
	ended   sync.WaitGroup
	panics  chan<- wire.Exception
}

type running struct {
	finish chan struct{}
	cancel context.CancelFunc
}

// panicPause keeps a user that panics at once from spinning.
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

// start runs a user. Its context has no parent, so that a thousand users do not
// meet at one context's lock with every request's deadline.
func (f *fleet) start(class string, u runner) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{finish: make(chan struct{}), cancel: cancel}
	f.classes[class] = append(f.classes[class], r)
	f.total++
	f.ended.Go(func() {
		defer cancel()
		defer u.Close()
		f.keepRunning(ctx, u, r.finish)
	})
}

// keepRunning runs a user until it is told to end, through any panics.
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
			default: // the master has plenty to read already
			}
		}
	}()
	u.Run(ctx, finish)
	return false
}

// stop ends the n newest users of a class. With a grace they may finish their
// request within it; without, it is cut off and not counted.
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
	clear(users[keep:])
	f.classes[class] = users[:keep]
	f.total -= len(users) - keep
}

func (f *fleet) stopAll(grace time.Duration) {
	for class := range f.classes {
		f.stop(class, len(f.classes[class]), grace)
	}
}

// wait returns when every user has ended.
func (f *fleet) wait() { f.ended.Wait() }
