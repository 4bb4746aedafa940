package run_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

var errNothingSucceeds = errors.New("nothing can succeed")

// TestLookRefuses: what the look refuses leaves nothing written, started or held.
func TestLookRefuses(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		prepared := false
		w.prepare = func() error { prepared = true; return nil }
		w.look = func(context.Context, string) error { return errNothingSucceeds }
		journal, err := w.try(w.t.Context())
		if !errors.Is(err, errNothingSucceeds) || journal != nil || prepared {
			t.Errorf("journal %v, prepared %v, error %v", journal, prepared, err)
		}
		if stored, err := w.disk.Run(); err != nil || stored != nil {
			t.Errorf("stored %+v, %v", stored, err)
		}
		if len(w.events) > 0 || len(w.requests()) > 0 {
			t.Errorf("events %v, requests %v", w.events, w.requests())
		}
		if _, err := w.platform.Address(platform.Target); !errors.Is(err, platform.ErrNotAcquired) {
			t.Errorf("the platform is not released: %v", err)
		}
	})
}

// TestLookAddress: it is called when one replica is ready, before the load's master is
// started, with the address that the users send to.
func TestLookAddress(t *testing.T) {
	for name, s := range map[string]setup{
		"balancer": {},
		"url":      {spec: []string{`target: {url: "http://10.0.0.9", process: {command: [sim, "{{port}}"]}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, s, func(w *world) {
				var addresses []string
				w.look = func(ctx context.Context, address string) error {
					addresses = append(addresses, address)
					st, err := w.platform.Status(ctx, platform.Target)
					if err != nil || !st.Settled(1) {
						t.Errorf("status %+v, %v", st, err)
					}
					if slices.ContainsFunc(w.platform.Calls(), func(c string) bool { return strings.HasPrefix(c, "Scale master") }) {
						t.Error("the master was started before the look")
					}
					return nil
				}
				w.want(w.run(), "SUCCESS!")
				if len(addresses) != 1 || !strings.HasPrefix(addresses[0], "http://") || (addresses[0] == "http://10.0.0.9") != (name == "url") {
					t.Errorf("addresses %q of %s", addresses, name)
				}
			})
		})
	}
}

// TestLookOnResume: a run that goes on looks again, unless nothing is left to measure.
func TestLookOnResume(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1, 2], workers: [2], users: [10]}"}}, func(w *world) {
		looks := 0
		w.look = func(context.Context, string) error { looks++; return nil }
		ctx, interrupt := context.WithCancel(w.t.Context())
		w.once(run.AttemptFinished, "", 1, interrupt)
		if _, err := w.try(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		w.run()
		if looks != 2 {
			t.Errorf("%d looks, want one before each part", looks)
		}
		before := len(w.platform.Calls())
		w.run()
		if looks != 2 {
			t.Errorf("%d looks, though nothing was left", looks)
		}
		for _, call := range w.platform.Calls()[before:] {
			if strings.HasPrefix(call, "Scale target 1") {
				t.Errorf("call %s, though nothing was left", call)
			}
		}
	})
}

// TestLookOnSearch: nothing is left of a search that has answered, although not every scenario
// was measured.
func TestLookOnSearch(t *testing.T) {
	inWorld(t, asking(), func(w *world) {
		looks := 0
		w.look = func(context.Context, string) error { looks++; return nil }
		w.serves()
		w.run()
		w.run()
		if looks != 1 {
			t.Errorf("%d looks, want one before the search", looks)
		}
		w.exp.LoadMatrix.Spec.Answer = v1alpha1.AnswerGrid
		w.run()
		if looks != 2 {
			t.Errorf("%d looks, want another one before the rest of the grid", looks)
		}
	})
}

// TestLookAlone takes the target, looks, and gives it back.
func TestLookAlone(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		looked := errors.New("looked")
		err := run.Look(w.t.Context(), run.Options{
			Experiment: w.exp, Platform: w.platform, Holder: w.holder,
			Look: func(context.Context, string) error { return looked },
		})
		if !errors.Is(err, looked) {
			t.Error(err)
		}
		calls := w.platform.Calls()
		if last := calls[len(calls)-1]; !strings.HasPrefix(last, "Release") {
			t.Errorf("calls %q", calls)
		}
	})
}

// TestLookNeedsAReplica says why there is none.
func TestLookNeedsAReplica(t *testing.T) {
	inWorld(t, setup{platform: platformtest.FakeOptions{}}, func(w *world) {
		w.platform.FailNext("Scale target 1", &platform.PermanentError{Err: errNothingSucceeds})
		w.look = func(context.Context, string) error {
			t.Error("looked at nothing")
			return nil
		}
		_, err := w.try(w.t.Context())
		if !errors.Is(err, errNothingSucceeds) || !strings.Contains(err.Error(), "before any load") {
			t.Error(err)
		}
	})
}
