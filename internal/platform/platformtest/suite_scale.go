package platformtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func (s *Suite) testBeforeAcquire(t *testing.T, sub *Subject) {
	p := sub.Platform
	if err := p.Scale(t.Context(), platform.Target, 1); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("Scale: %v, want ErrNotAcquired", err)
	}
	if _, err := p.Status(t.Context(), platform.Target); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("Status: %v, want ErrNotAcquired", err)
	}
	if _, err := p.Address(platform.Target); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("Address: %v, want ErrNotAcquired", err)
	}
	if err := p.Release(t.Context()); err != nil {
		t.Errorf("Release with nothing acquired: %v", err)
	}
	props := p.Properties()
	if props.Name == "" || len(props.Scalable) == 0 {
		t.Errorf("Properties() = %+v, want a name and roles", props)
	}
}

func (s *Suite) testScale(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Master, 1)
	for _, role := range []platform.Role{platform.Target, platform.Worker} {
		for _, n := range []int{2, 0, 3, 1} {
			st := s.settle(t, sub.Platform, role, n)
			if st.Waiting != "" || st.Stuck != "" {
				t.Errorf("settled %s says Waiting %q, Stuck %q", role, st.Waiting, st.Stuck)
			}
		}
	}
	if st := status(t, sub.Platform, platform.Master); !st.Settled(1) {
		t.Errorf("scaling others changed the master: %+v", st)
	}
}

func (s *Suite) testScaleIdempotent(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	before := s.settle(t, sub.Platform, platform.Target, 2)
	for range 3 {
		after := s.settle(t, sub.Platform, platform.Target, 2)
		if !slices.Equal(ids(before), ids(after)) {
			t.Errorf("asking for the present number replaced %v by %v", ids(before), ids(after))
		}
	}
}

func (s *Suite) testBadCounts(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, 1)
	wantPermanent(t, "Scale(target, -1)", sub.Platform.Scale(t.Context(), platform.Target, -1))
	if st := status(t, sub.Platform, platform.Target); !st.Settled(1) {
		t.Errorf("a refused count had an effect: %+v", st)
	}
}

func (s *Suite) testAddressStable(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	before := map[platform.Role]string{}
	for _, role := range []platform.Role{platform.Target, platform.Master} {
		url, err := sub.Platform.Address(role)
		if err != nil || !strings.HasPrefix(url, "http") || strings.HasSuffix(url, "/") {
			t.Errorf("Address(%s) = %q, %v; want a base URL", role, url, err)
		}
		before[role] = url
		for _, n := range []int{1, 0, 1} {
			s.settle(t, sub.Platform, role, n)
		}
	}
	for role, url := range before {
		if got, err := sub.Platform.Address(role); got != url || err != nil {
			t.Errorf("Address(%s) changed from %q to %q (%v)", role, url, got, err)
		}
	}
}

func (s *Suite) testUniqueIDs(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	seen := map[string]bool{}
	for _, n := range []int{2, 0, 3, 0, 1} {
		st := s.settle(t, sub.Platform, platform.Target, n)
		if !slices.IsSorted(ids(st)) {
			t.Errorf("ids are not in order: %v", ids(st))
		}
		if n == 0 {
			continue
		}
		for _, id := range ids(st) {
			if id == "" || seen[id] {
				t.Errorf("id %q is empty or was used before", id)
			}
			seen[id] = true
		}
	}
}

func (s *Suite) testDraining(t *testing.T, sub *Subject) {
	if sub.Hold == nil {
		return
	}
	acquire(t, sub.Platform, "a")
	before := s.settle(t, sub.Platform, platform.Target, 2)
	letGo := sub.Hold(t)
	if err := sub.Platform.Scale(t.Context(), platform.Target, 1); err != nil {
		t.Fatalf("Scale: %v", err)
	}
	if st := status(t, sub.Platform, platform.Target); st.Wanted != 1 || st.Settled(1) {
		t.Errorf("right after Scale(1): %+v; want 1 wanted, not settled", st)
	}
	st := s.await(t, sub.Platform, platform.Target, "draining", func(st platform.Status) bool { return st.Draining == 1 })
	if st.Wanted != 1 || len(st.Replicas) != 1 || st.Settled(1) || st.Waiting == "" {
		t.Errorf("while draining: %+v; want 1 wanted, 1 draining, 1 replica, and what it waits for", st)
	}
	if !slices.Contains(ids(before), ids(st)[0]) {
		t.Errorf("the survivor %v is none of %v", ids(st), ids(before))
	}
	letGo()
	s.await(t, sub.Platform, platform.Target, "settled", func(st platform.Status) bool { return st.Settled(1) })
}

func (s *Suite) testRestarts(t *testing.T, sub *Subject) {
	if sub.Kill == nil {
		return
	}
	acquire(t, sub.Platform, "a")
	for _, role := range []platform.Role{platform.Target, platform.Worker} {
		before := s.settle(t, sub.Platform, role, 2)
		victim := before.Replicas[0].ID
		sub.Kill(t, role, victim)
		after := s.await(t, sub.Platform, role, "replaced", func(st platform.Status) bool {
			return st.Settled(2) && !slices.Contains(ids(st), victim)
		})
		if !slices.Contains(ids(after), before.Replicas[1].ID) {
			t.Errorf("killing one of %v left %v", ids(before), ids(after))
		}
		i := slices.IndexFunc(after.Replicas, func(r platform.Replica) bool { return r.Restarts == 1 })
		if i < 0 || after.Replicas[i].LastExit == "" {
			t.Errorf("after a kill: %+v; want a restart counted and its cause", after.Replicas)
		}
	}
}

func (s *Suite) testReadiness(t *testing.T, sub *Subject) {
	if sub.BreakReadiness == nil {
		return
	}
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, 2)
	mend := sub.BreakReadiness(t)
	st := s.await(t, sub.Platform, platform.Target, "unready", func(st platform.Status) bool { return st.Ready == 0 })
	if len(st.Replicas) != 2 || st.Wanted != 2 || st.Waiting == "" {
		t.Errorf("unready: %+v; want 2 replicas that are waited for", st)
	}
	mend()
	s.await(t, sub.Platform, platform.Target, "settled", func(st platform.Status) bool { return st.Settled(2) })
}

func (s *Suite) testConcurrent(t *testing.T, sub *Subject) {
	acquire(t, sub.Platform, "a")
	ctx, stop := context.WithCancel(t.Context())
	var watchers sync.WaitGroup
	for range 3 {
		watchers.Go(func() {
			for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
				checkInvariants(t, sub.Platform)
			}
		})
	}
	for _, n := range []int{3, 1, 2, 0, 2} {
		if err := sub.Platform.Scale(t.Context(), platform.Target, n); err != nil {
			t.Errorf("Scale(%d): %v", n, err)
		}
	}
	s.settle(t, sub.Platform, platform.Target, 2)
	stop()
	watchers.Wait()
}

// checkInvariants holds of any Status at any time.
func checkInvariants(t *testing.T, p platform.Platform) {
	st, err := p.Status(context.Background(), platform.Target)
	if err != nil {
		t.Errorf("Status: %v", err)
		return
	}
	ready := 0
	for _, r := range st.Replicas {
		if r.Ready {
			ready++
		}
	}
	list := ids(st)
	if ready != st.Ready || !slices.IsSorted(list) || len(slices.Compact(list)) != len(st.Replicas) {
		t.Errorf("contradictory status: %+v", st)
	}
}

func (s *Suite) testUnmanaged(t *testing.T) {
	p := s.NewUnmanaged(t)
	t.Cleanup(func() { release(t, p) })
	if p.Properties().Scalable[platform.Target] {
		t.Errorf("Properties() = %+v, want a target that is not scalable", p.Properties())
	}
	acquire(t, p, "a")
	wantPermanent(t, "Scale(target, 1)", p.Scale(t.Context(), platform.Target, 1))
	_, err := p.Status(t.Context(), platform.Target)
	wantPermanent(t, "Status(target)", err)
	if url, err := p.Address(platform.Target); url == "" || err != nil {
		t.Errorf("Address(target) = %q, %v; want the address it was given", url, err)
	}
}

func (s *Suite) testCrashLoop(t *testing.T) {
	p := s.NewCrashing(t)
	t.Cleanup(func() { release(t, p) })
	acquire(t, p, "a")
	if err := p.Scale(t.Context(), platform.Target, 1); err != nil {
		t.Fatalf("Scale: %v", err)
	}
	st := s.await(t, p, platform.Target, "stuck", func(st platform.Status) bool { return st.Stuck != "" })
	if !strings.Contains(st.Stuck, CrashOutput) {
		t.Errorf("Stuck = %q, want the last line of output %q", st.Stuck, CrashOutput)
	}
	if st.Settled(1) {
		t.Errorf("a crash loop is settled: %+v", st)
	}
}

func ids(st platform.Status) []string {
	var list []string
	for _, r := range st.Replicas {
		list = append(list, r.ID)
	}
	return list
}

func wantPermanent(t *testing.T, what string, err error) {
	t.Helper()
	var permanent *platform.PermanentError
	if !errors.As(err, &permanent) {
		t.Errorf("%s: %v, want a *PermanentError", what, err)
	}
}
