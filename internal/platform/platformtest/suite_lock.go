package platformtest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func (s *Suite) testCancelled(t *testing.T, sub *Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := sub.Platform
	wantCancelled(t, "Acquire", p.Acquire(ctx, holder("a")))
	acquire(t, p, "b") // the cancelled call left no lock behind
	s.settle(t, p, platform.Target, 1)
	wantCancelled(t, "Scale", p.Scale(ctx, platform.Target, 3))
	_, err := p.Status(ctx, platform.Target)
	wantCancelled(t, "Status", err)
	if st := status(t, p, platform.Target); !st.Settled(1) {
		t.Errorf("a cancelled Scale had an effect: %+v", st)
	}
	wantCancelled(t, "Release", p.Release(ctx))
	release(t, p)
}

func (s *Suite) testAcquireTwice(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	before := s.settle(t, sub.Platform, platform.Target, 1)
	acquire(t, sub.Platform, "a")
	if after := status(t, sub.Platform, platform.Target); !after.Settled(1) || after.Replicas[0].ID != before.Replicas[0].ID {
		t.Errorf("acquiring again changed %+v to %+v", before, after)
	}
	wantHeld(t, sub.Platform.Acquire(t.Context(), holder("b")), "a")
}

func (s *Suite) testHeld(t *testing.T, sub *Subject) {
	if sub.Peer == nil {
		return
	}
	peer := sub.Peer(t)
	acquire(t, sub.Platform, "a")
	wantHeld(t, peer.Acquire(t.Context(), holder("b")), "a")
	if err := peer.Scale(t.Context(), platform.Target, 1); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("Scale by the refused one: %v, want ErrNotAcquired", err)
	}
	release(t, peer) // the refused one must not take the lock away
	wantHeld(t, peer.Acquire(t.Context(), holder("b")), "a")
	release(t, sub.Platform)
	acquire(t, peer, "b")
	wantHeld(t, sub.Platform.Acquire(t.Context(), holder("a")), "b")
	release(t, peer)
}

func (s *Suite) testTakeover(t *testing.T, sub *Subject) {
	if sub.DieHolding == nil {
		return
	}
	sub.DieHolding(t, holder("dead"))
	s.awaitAcquire(t, sub.Platform, "b")
	s.settle(t, sub.Platform, platform.Target, 1)
}

func (s *Suite) testTakeoverSameRun(t *testing.T, sub *Subject) {
	if sub.DieHolding == nil {
		return
	}
	sub.DieHolding(t, holder("a"))
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, 1)
}

// awaitAcquire retries, because the death of a holder may take time to be certain.
func (s *Suite) awaitAcquire(t *testing.T, p platform.Platform, run string) {
	t.Helper()
	s.eventually(t, "acquired", func() bool {
		err := p.Acquire(t.Context(), holder(run))
		var held *platform.HeldError
		if err != nil && !errors.As(err, &held) {
			t.Fatalf("Acquire(%s): %v", run, err)
		}
		return err == nil
	})
}

func (s *Suite) testReleaseTwice(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, 2)
	release(t, sub.Platform)
	release(t, sub.Platform)
	if _, err := sub.Platform.Status(t.Context(), platform.Target); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("Status after Release: %v, want ErrNotAcquired", err)
	}
}

func (s *Suite) testStartOver(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	before := s.settle(t, sub.Platform, platform.Worker, 1)
	s.settle(t, sub.Platform, platform.Worker, 0)
	release(t, sub.Platform)
	acquire(t, sub.Platform, "b")
	after := s.settle(t, sub.Platform, platform.Worker, 1)
	if before.Replicas[0].ID == after.Replicas[0].ID {
		t.Errorf("id %s was used again", before.Replicas[0].ID)
	}
}

func (s *Suite) testRestore(t *testing.T, sub *Subject) {
	if sub.Count == nil {
		return
	}
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, sub.Original+2)
	release(t, sub.Platform)
	if n := sub.Count(t); n != sub.Original {
		t.Errorf("after Release the target has %d replicas, was found with %d", n, sub.Original)
	}
}

func (s *Suite) testRestoreAfterDeath(t *testing.T, sub *Subject) {
	if sub.Count == nil || sub.DieHolding == nil || sub.Peer == nil {
		return
	}
	sub.DieHolding(t, holder("a"))
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, sub.Original+1)
	release(t, sub.Platform)
	if n := sub.Count(t); n != sub.Original {
		t.Errorf("after a takeover Release left %d replicas, was found with %d", n, sub.Original)
	}
}

func (s *Suite) testInterference(t *testing.T, sub *Subject) {
	if sub.ScaleElsewhere == nil || sub.Count == nil {
		return
	}
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, sub.Original+1)
	sub.ScaleElsewhere(t, sub.Original+3)
	s.await(t, sub.Platform, platform.Target, "seen as scaled by others", func(st platform.Status) bool {
		return st.Settled(sub.Original + 3)
	})
	var left *platform.LeftError
	if err := sub.Platform.Release(t.Context()); err != nil && !errors.As(err, &left) {
		t.Errorf("Release: %v", err)
	}
	if n := sub.Count(t); n != sub.Original+3 {
		t.Errorf("Release changed somebody else's count %d to %d", sub.Original+3, n)
	}
}

func wantCancelled(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%s with a cancelled context: %v, want context.Canceled", what, err)
	}
}

func wantHeld(t *testing.T, err error, run string) {
	t.Helper()
	var held *platform.HeldError
	if !errors.As(err, &held) || held.Holder != holder(run) {
		t.Errorf("Acquire: %v, want a *HeldError naming run %q", err, run)
		return
	}
	if held.Target == "" || !strings.Contains(err.Error(), run) {
		t.Errorf("HeldError says %q (target %q), want the target and the run", err, held.Target)
	}
}
