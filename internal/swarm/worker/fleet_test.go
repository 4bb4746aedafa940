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

func (f *faulty) Close()   { f.closed.Store(true) }
func (f *faulty) Silence() {}

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
		if f.waiting()(); f.disown() != 0 {
			t.Error("a user that has ended was disowned")
		}
		if !u.closed.Load() || f.count() != 0 {
			t.Errorf("closed %v, %d users left", u.closed.Load(), f.count())
		}
	})
}

// stubborn ends only when it is cut off.
type stubborn struct{}

func (stubborn) Run(ctx context.Context, _ <-chan struct{}) { <-ctx.Done() }
func (stubborn) Close()                                     {}
func (stubborn) Silence()                                   {}

// stuck does not even end when it is cut off.
type stuck struct {
	release  chan struct{}
	silenced atomic.Bool
}

func (s *stuck) Run(context.Context, <-chan struct{}) { <-s.release }
func (s *stuck) Close()                               {}
func (s *stuck) Silence()                             { s.silenced.Store(true) }

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
		f.waiting()()
		if got := time.Since(start); got != 5*time.Second {
			t.Errorf("ended after %s", got)
		}
	})
}

// TestStuckUsersAreLeftBehind: however many there are, they are waited for once, and then it
// is as if they had never existed.
func TestStuckUsersAreLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(make(chan wire.Exception, 1))
		release := make(chan struct{})
		users := []*stuck{{release: release}, {release: release}, {release: release}}
		for _, u := range users {
			f.start("A", u)
		}
		f.start("A", stubborn{})
		f.start("A", stubborn{})
		f.stop("A", 1, time.Second)
		start := time.Now()
		f.stopAll(5 * time.Second)
		f.waiting()()
		if got := time.Since(start); got != 5*time.Second+patience {
			t.Errorf("waited %s", got)
		}
		if n := f.disown(); n != 3 || f.count() != 0 {
			t.Errorf("%d users disowned, %d left", n, f.count())
		}
		for i, u := range users {
			if !u.silenced.Load() {
				t.Errorf("user %d may still record", i)
			}
		}
		f.start("A", stubborn{})
		start = time.Now()
		f.stopAll(0)
		f.waiting()()
		if got := time.Since(start); got != 0 || f.disown() != 0 {
			t.Errorf("the next load's end took %s", got)
		}
		close(release)
	})
}

// TestCutDuringGrace: cutting users off ends the grace period that they had.
func TestCutDuringGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(make(chan wire.Exception, 1))
		f.start("A", stubborn{})
		f.start("A", stubborn{})
		f.stop("A", 1, time.Hour)
		ended := make(chan time.Time)
		start := time.Now()
		f.stopAll(time.Hour)
		wait := f.waiting()
		go func() { wait(); ended <- time.Now() }()
		time.Sleep(time.Second)
		f.stopAll(0)
		if got := (<-ended).Sub(start); got != time.Second {
			t.Errorf("ended after %s", got)
		}
		if f.disown() != 0 {
			t.Error("a user that has ended was disowned")
		}
	})
}
