package run_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// foreign is a world whose master and workers are someone else's.
func foreign(version, load string) setup {
	return setup{
		version:  version,
		spec:     []string{load, "matrix: {replicas: [1, 2], users: [10]}"},
		platform: platformtest.FakeOptions{Unmanaged: []platform.Role{platform.Master, platform.Worker}},
	}
}

// masters are the two engines at a masterURL.
func masters() map[string]string {
	return map[string]string{
		locustsim.Ours: `load: {engine: swarm, masterURL: "http://elsewhere:8089"}`,
		pythonOld:      `load: {engine: locust, masterURL: "http://elsewhere:8089"}`,
	}
}

// TestMasterURL: the workers found are the column, and none of them is scaled.
func TestMasterURL(t *testing.T) {
	for version, load := range masters() {
		t.Run("version "+version, func(t *testing.T) {
			inWorld(t, foreign(version, load), func(w *world) {
				w.master.SetWorkers(3)
				journal := w.run()
				w.want(journal, "SUCCESS!, SUCCESS!")
				for _, r := range journal.Records {
					if r.Key.Workers != 3 {
						t.Errorf("record of %v", r.Key)
					}
				}
				for _, call := range w.platform.Calls() {
					if strings.HasPrefix(call, "Scale master") || strings.HasPrefix(call, "Scale worker") {
						t.Errorf("%s, which is someone else's", call)
					}
				}
			})
		})
	}
}

// TestMasterURLRetry: a failed attempt is tried again with the workers there are.
func TestMasterURLRetry(t *testing.T) {
	for version, load := range masters() {
		t.Run("version "+version, func(t *testing.T) {
			s := foreign(version, load)
			s.spec = append(s.spec, "measure: {duration: 15s, cooldown: 3s, settle: 2s, attempts: 2}", "matrix: {replicas: [1], users: [10]}")
			inWorld(t, s, func(w *world) {
				w.master.SetWorkers(3)
				w.whileMeasuring(func() { w.platform.Kill(platform.Target, "") })
				w.want(w.run(), "INVALID, SUCCESS!")
			})
		})
	}
}

// load is somebody else's.
func (w *world) load(users int) {
	w.t.Helper()
	c, err := locust.NewClient("http://elsewhere:8089", "")
	if err := errors.Join(err, c.Through(w.master).Swarm(w.t.Context(), locust.SwarmRequest{Users: users, SpawnRate: 5})); err != nil {
		w.t.Fatal(err)
	}
}

// TestMasterURLTaken: a load that someone else begins between two scenarios is
// neither measured nor stopped.
func TestMasterURLTaken(t *testing.T) {
	for version, load := range masters() {
		t.Run("version "+version, func(t *testing.T) {
			s := foreign(version, load)
			s.spec = append(s.spec, "measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 1}")
			inWorld(t, s, func(w *world) {
				w.master.SetWorkers(3)
				w.once(run.PhaseStarted, run.PhaseCooldown, 1, func() { w.load(10) })
				journal, err := w.try(w.t.Context())
				if err != nil {
					t.Fatal(err)
				}
				w.want(journal, "SUCCESS!, ERROR!")
				if got := journal.Records[1].StatusText(); !strings.Contains(got, "the master has 3 workers of 3, state running") {
					t.Errorf("status %q", got)
				}
				if state, users := w.master.State(); state != locust.StateRunning || users != 10 {
					t.Errorf("the other load is %s with %d users", state, users)
				}
			})
		})
	}
}

// TestMasterURLBusy: a load that runs at the start is neither measured nor stopped.
func TestMasterURLBusy(t *testing.T) {
	for version, load := range masters() {
		t.Run("version "+version, func(t *testing.T) {
			inWorld(t, foreign(version, load), func(w *world) {
				w.master.SetWorkers(3)
				w.load(5)
				journal, err := w.try(w.t.Context())
				if journal != nil || err == nil || !strings.Contains(err.Error(), "a load runs already; stop it first") {
					t.Errorf("journal %+v, error %v", journal, err)
				}
				if !w.at("POST /stop").IsZero() || !w.at("GET /stop").IsZero() {
					t.Error("someone else's load was stopped")
				}
			})
		})
	}
}

// TestMasterURLEmpty: a master without workers is refused at once.
func TestMasterURLEmpty(t *testing.T) {
	for version, load := range masters() {
		t.Run("version "+version, func(t *testing.T) {
			inWorld(t, foreign(version, load), func(w *world) {
				if _, err := w.try(w.t.Context()); err == nil || !strings.Contains(err.Error(), "has no workers; start some first") {
					t.Errorf("error = %v", err)
				}
			})
		})
	}
}
