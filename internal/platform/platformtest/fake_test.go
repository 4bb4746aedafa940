package platformtest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
)

const original = 3

func newSubject(t *testing.T) *platformtest.Subject {
	f := platformtest.NewFake(platformtest.FakeOptions{
		Original:   map[platform.Role]int{platform.Target: original},
		ReadyDelay: time.Second,
	})
	return &platformtest.Subject{
		Platform: f,
		Peer:     func(*testing.T) platform.Platform { return f.Peer() },
		DieHolding: func(t *testing.T, holder platform.Holder) {
			dying := f.Peer()
			if err := dying.Acquire(t.Context(), holder); err != nil {
				t.Fatal(err)
			}
			if err := dying.Scale(t.Context(), platform.Target, original+2); err != nil {
				t.Fatal(err)
			}
			dying.Die()
		},
		Kill: func(t *testing.T, role platform.Role, id string) {
			if !f.Kill(role, id) {
				t.Fatalf("no replica %s", id)
			}
		},
		Hold: func(*testing.T) func() {
			f.SetDrainDelay(platform.DrainTimeout)
			return func() { f.SetDrainDelay(0) }
		},
		BreakReadiness: func(*testing.T) func() {
			f.SetReady(platform.Target, false)
			return func() { f.SetReady(platform.Target, true) }
		},
		FreezeInstrument: func(*testing.T) func() {
			f.Freeze()
			return f.Thaw
		},
		EndInstrument:  func(*testing.T) { f.EndInstrument("the balancer fell shut") },
		ScaleElsewhere: func(_ *testing.T, n int) { f.SetCount(platform.Target, n) },
		Count:          func(*testing.T) int { return f.Count(platform.Target) },
		Original:       original,
	}
}

func TestFakeConforms(t *testing.T) {
	suite := &platformtest.Suite{
		New:    newSubject,
		Within: synctest.Test,
		NewUnmanaged: func(*testing.T) platform.Platform {
			return platformtest.NewFake(platformtest.FakeOptions{Unmanaged: []platform.Role{platform.Target}})
		},
		NewCrashing: func(*testing.T) platform.Platform {
			f := platformtest.NewFake(platformtest.FakeOptions{})
			f.SetStuck(platform.Target, "crash loop: "+platformtest.CrashOutput)
			return f
		},
	}
	suite.Run(t)
}

func TestFakeTakesTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := platformtest.NewFake(platformtest.FakeOptions{ReadyDelay: 3 * time.Second})
		mustDo(t, f.Acquire(t.Context(), platform.Holder{Run: "a"}))
		mustDo(t, f.Scale(t.Context(), platform.Worker, 2))
		time.Sleep(3*time.Second - time.Nanosecond)
		if st, err := f.Status(t.Context(), platform.Worker); err != nil || st.Ready != 0 {
			t.Errorf("just before the delay: %+v, %v", st, err)
		}
		time.Sleep(time.Nanosecond)
		if st, err := f.Status(t.Context(), platform.Worker); err != nil || !st.Settled(2) {
			t.Errorf("after the delay: %+v, %v", st, err)
		}
	})
}

func TestFakeFailsOnce(t *testing.T) {
	f := platformtest.NewFake(platformtest.FakeOptions{})
	broken := errors.New("broken")
	f.FailNext("Scale target 2", broken)
	f.FailNext("Status", broken, broken)
	var seen []string
	f.OnCall(func(call string) { seen = append(seen, call) })
	mustDo(t, f.Acquire(t.Context(), platform.Holder{Run: "a"}))
	mustDo(t, f.Scale(t.Context(), platform.Target, 1))
	for _, want := range []error{broken, nil} {
		if err := f.Scale(t.Context(), platform.Target, 2); !errors.Is(err, want) {
			t.Errorf("Scale = %v, want %v", err, want)
		}
	}
	for _, want := range []error{broken, broken, nil} {
		if _, err := f.Status(t.Context(), platform.Target); !errors.Is(err, want) {
			t.Errorf("Status = %v, want %v", err, want)
		}
	}
	want := []string{"Acquire", "Scale target 1", "Scale target 2", "Scale target 2"}
	if diff := cmp.Diff(want, f.Calls()); diff != "" {
		t.Errorf("Calls (-want +got):\n%s", diff)
	}
	if len(seen) != len(want)+3 {
		t.Errorf("OnCall saw %v", seen)
	}
}

// A dead driver's count is restored by whoever comes next, another run included.
func TestFakeRestoresForTheDead(t *testing.T) {
	sub := newSubject(t)
	sub.DieHolding(t, platform.Holder{Run: "dead"})
	mustDo(t, sub.Platform.Acquire(t.Context(), platform.Holder{Run: "next"}))
	if n := sub.Count(t); n != original {
		t.Errorf("after the takeover: %d replicas, want %d", n, original)
	}
	mustDo(t, sub.Platform.Release(context.Background()))
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
