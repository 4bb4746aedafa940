package platformtest

import (
	"context"
	"errors"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// testShares: if anything counts, it reports exactly the replicas that there are.
func (s *Suite) testShares(t *testing.T, sub *Subject) {
	p, ok := sub.Platform.(platform.Sharer)
	if !ok {
		return
	}
	if _, err := p.Shares(t.Context()); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("before Acquire: %v, want ErrNotAcquired", err)
	}
	acquire(t, sub.Platform, "a")
	st := s.settle(t, sub.Platform, platform.Target, 2)
	before, err := p.Shares(t.Context())
	if err != nil {
		return // nothing counts here
	}
	if before.Source == "" {
		t.Error("it is not told who counts")
	}
	for _, r := range st.Replicas {
		if _, told := before.Replicas[r.ID]; !told || len(before.Replicas) != len(st.Replicas) {
			t.Errorf("shares are of %v, the replicas are %v", before.Replicas, st.Replicas)
		}
	}
	now, err := p.Shares(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := now.Since(before); err != nil {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Shares(cancelled)
	wantCancelled(t, "Shares", err)
}
