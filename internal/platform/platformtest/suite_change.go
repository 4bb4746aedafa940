package platformtest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// testTraits: what the platform itself does does not change what a replica is made of.
func (s *Suite) testTraits(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	before := s.settle(t, sub.Platform, platform.Target, 1)
	after := s.settle(t, sub.Platform, platform.Target, 2)
	for _, r := range after.Replicas {
		if was := before.Replicas[0]; r.ID == was.ID && cmp.Diff(was.Traits, r.Traits) != "" {
			t.Errorf("%s was remade (-before +after):\n%s", r.ID, cmp.Diff(was.Traits, r.Traits))
		}
	}
	if by := after.Changed.Since(before.Changed); len(by) > 0 {
		t.Errorf("the platform's own scaling is booked as somebody else's: %+v", by)
	}
}

func (s *Suite) testFront(t *testing.T, sub *Subject) {
	p, ok := sub.Platform.(platform.Fronted)
	if !ok {
		return
	}
	if _, err := p.Front(t.Context()); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("before Acquire: %v, want ErrNotAcquired", err)
	}
	acquire(t, sub.Platform, "a")
	before, err := p.Front(t.Context())
	if err != nil || before.Name == "" || len(before.Traits) == 0 {
		t.Fatalf("Front() = %+v, %v", before, err)
	}
	s.settle(t, sub.Platform, platform.Target, 1)
	if after, err := p.Front(t.Context()); err != nil || cmp.Diff(before, after) != "" {
		t.Errorf("after scaling: %v\n%s", err, cmp.Diff(before, after))
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Front(cancelled)
	wantCancelled(t, "Front", err)
}
