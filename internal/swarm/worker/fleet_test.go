package worker

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// faulty panics at its first runs.
type faulty struct {
	runs   atomic.Int64
	panics int64
	closed atomic.Bool
}

func (f *faulty) Run(ctx context.Context, finish <-chan struct{}) {
	if f.runs.Add(1) <= f.panics {
		panic("out of luck")
	}
	select {
	case <-ctx.Done():
	case <-finish:
	}
}

func (f *faulty) Close() { f.closed.Store(true) }

func TestPanicsAreReportedAndSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := make(chan wire.Exception, 1)
		f, u := newFleet(panics), &faulty{panics: 2}
		f.start("A", u)
		time.Sleep(3 * panicPause)
		if e := <-panics; e.Msg != "out of luck" || !strings.Contains(e.Traceback, "fleet_test.go") {
			t.Errorf("exception %+v", e)
		}
		if u.runs.Load() != 3 {
			t.Errorf("%d runs", u.runs.Load())
		}
		f.stopAll(0)
		f.wait()
		if !u.closed.Load() || f.count() != 0 {
			t.Errorf("closed %v, %d users left", u.closed.Load(), f.count())
		}
	})
}

// stubborn ends only when it is cut off.
type stubborn struct{}

func (stubborn) Run(ctx context.Context, _ <-chan struct{}) { <-ctx.Done() }
func (stubborn) Close()                                     {}

func TestGraceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(make(chan wire.Exception, 1))
		f.start("A", stubborn{})
		f.start("A", stubborn{})
		f.start("B", stubborn{})
		start := time.Now()
		f.stop("A", 1, 2*time.Second)
		if f.count() != 2 || f.classCount("A") != 1 || f.classCount("B") != 1 {
			t.Errorf("%d users, %d of A", f.count(), f.classCount("A"))
		}
		f.stopAll(5 * time.Second)
		f.wait()
		if got := time.Since(start); got != 5*time.Second {
			t.Errorf("ended after %s", got)
		}
	})
}
