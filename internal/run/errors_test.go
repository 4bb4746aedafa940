package run_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestTimeouts: a wait that gives up is an ERROR that says what was waited for,
// never "continuing anyway", and no load begins after it.
func TestTimeouts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		knobs    locustsim.Knobs
		platform platformtest.FakeOptions
		reason   string
		swarms   bool
	}{
		{
			name: "replicas not ready", platform: platformtest.FakeOptions{ReadyDelay: 0, DrainDelay: time.Hour, Original: map[platform.Role]int{platform.Target: 5}},
			reason: "gave up after 2m5s (spec.target.ready.timeout): target has 2 of 2 replicas ready, 3 draining",
		},
		{name: "workers do not register", knobs: locustsim.Knobs{Register: time.Hour}, reason: "gave up after 1m30s: the master has 0 workers of 2, state ready"},
		{name: "users do not start", knobs: locustsim.Knobs{UserLimit: 7}, reason: "gave up after 40s: 7 of 10 users run, state spawning", swarms: true},
		{name: "master does not answer", knobs: locustsim.Knobs{Down: true}, reason: "gave up after 1m0s: the master does not answer: asking the master"},
		{name: "swarm refused", knobs: locustsim.Knobs{Status: map[string]int{"/swarm": 500}}, reason: "starting the load: POST /swarm: status 500", swarms: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, setup{knobs: tt.knobs, platform: tt.platform}, func(w *world) {
				journal := w.run()
				w.want(journal, "ERROR!")
				rec := w.only(journal)
				if got := rec.StatusText(); !strings.Contains(got, tt.reason) {
					t.Errorf("status %q, want %q", got, tt.reason)
				}
				if rec.Measured != nil {
					t.Errorf("an error was measured: %+v", rec.Measured)
				}
				if swarmed := !w.at("POST /swarm").IsZero(); swarmed != tt.swarms {
					t.Errorf("load started: %t, want %t", swarmed, tt.swarms)
				}
			})
		})
	}
}

// TestSlowStart: how long the load may take to start is the platform's matter; on
// one that pulls images a minute is nothing.
func TestSlowStart(t *testing.T) {
	slow := platformtest.FakeOptions{ReadyDelay: 90 * time.Second, StartLimit: 3 * time.Minute}
	inWorld(t, setup{platform: slow}, func(w *world) { w.want(w.run(), "SUCCESS!") })
	slow.StartLimit = 0
	inWorld(t, setup{platform: slow}, func(w *world) {
		if _, err := w.try(w.t.Context()); err == nil || !strings.Contains(err.Error(), "gave up after 1m0s") {
			t.Errorf("the run ended with %v", err)
		}
	})
}

// TestStuck: what waiting cannot mend is an ERROR at once and without a retry, and
// the next scenario goes on, if it asks for less, or if the target has been there before.
func TestStuck(t *testing.T) {
	attempts := "measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 3}"
	for _, tt := range []struct{ replicas, from, want string }{
		{"[2, 1]", "", "ERROR!, SUCCESS!"},
		{"[1, 2]", "SUCCESS", "SUCCESS!, ERROR!"},
	} {
		inWorld(t, setup{spec: []string{"matrix: {workers: [2], users: [10], replicas: " + tt.replicas + "}", attempts}}, func(w *world) {
			stuck := func() { w.platform.SetStuck(platform.Target, "image missing") }
			if tt.from == "" {
				stuck()
			}
			w.on(func(e run.Event) {
				if e.Type == run.AttemptFinished {
					w.platform.SetStuck(platform.Target, "")
					if tt.from != "" {
						stuck()
					}
				}
			})
			journal := w.run()
			w.want(journal, tt.want)
			for _, rec := range journal.Records {
				if rec.Status == result.Error && (!strings.HasSuffix(rec.StatusText(), ": image missing") || rec.Finished.Sub(rec.Started) > time.Second) {
					t.Errorf("record %+v", rec)
				}
			}
		})
	}
}

// endsRun checks that the first attempt has ended the run, for a cause that every other
// would meet, and that the run can be continued when that is fixed.
func (w *world) endsRun(cause string, fix func()) {
	w.t.Helper()
	journal, err := w.try(w.t.Context())
	w.want(journal, "ERROR")
	w.sound(journal)
	if err == nil || !strings.Contains(err.Error(), cause) || !strings.Contains(w.only(journal).StatusText(), cause) {
		w.t.Errorf("ended with %v, want %q; %s", err, cause, reasons(journal))
	}
	fix()
	w.want(w.run(), "ERROR, SUCCESS!, SUCCESS!")
}

// TestEndsRun: a cause that no scenario of the run can avoid is met once.
func TestEndsRun(t *testing.T) {
	lines := []string{"matrix: {replicas: [1, 2], workers: [2], users: [10]}", "measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 3}"}
	for _, role := range []platform.Role{platform.Target, platform.Worker} {
		inWorld(t, setup{spec: lines}, func(w *world) {
			w.platform.SetStuck(role, "program missing")
			w.endsRun("program missing", func() { w.platform.SetStuck(role, "") })
		})
	}
	inWorld(t, setup{spec: lines}, func(w *world) {
		w.platform.FailNext("Scale target 1", &platform.PermanentError{Err: errors.New("forbidden")})
		w.endsRun("forbidden", func() {})
	})
	for name, login := range map[string]locustsim.Login{"login": locustsim.LoginRedirect, "login page": locustsim.LoginPage} {
		inWorld(t, setup{version: pythonNew, spec: append(lines, python), knobs: locustsim.Knobs{Login: login}}, func(w *world) {
			w.endsRun(name, func() { w.master.Set(func(k *locustsim.Knobs) { k.Login = locustsim.NoLogin }) })
		})
	}
	shape := locustsim.Knobs{Shape: "Stairs"}
	inWorld(t, setup{version: pythonNew, spec: append(lines, python), knobs: shape}, func(w *world) {
		w.endsRun("LoadTestShape", func() { w.master.Set(func(k *locustsim.Knobs) { k.Shape = "" }) })
	})
}

// TestPassing: an error of the platform that may pass is waited out.
func TestPassing(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.platform.FailNext("Scale target 2", errors.New("try later"), errors.New("try later"))
		w.platform.FailNext("Status", errors.New("try later"))
		w.want(w.run(), "SUCCESS!")
	})
}

// TestUserCode: an exception of user code is a reason if it kept the load from coming up,
// and ends the run if all attempts met it and no request has ever succeeded.
func TestUserCode(t *testing.T) {
	raised := locust.Exception{Count: 5, Message: "no token", Traceback: "  File \"/x/locustfile.py\", line 5, in login\n    return token\n"}
	lines := []string{python, "matrix: {replicas: [1, 2], workers: [2], users: [10]}", "measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 2}"}
	cause := "; user code raised 5 times: no token (locustfile.py:5, in login: return token)"
	inWorld(t, setup{version: pythonNew, spec: lines, knobs: locustsim.Knobs{UserLimit: 7, Frozen: true, Exceptions: []locust.Exception{{Count: 2, Message: "other"}, raised}}}, func(w *world) {
		journal, err := w.try(w.t.Context())
		w.want(journal, "ERROR, ERROR")
		if err == nil || !strings.HasSuffix(err.Error(), "7 of 10 users run, state spawning"+cause) {
			t.Errorf("ended with %v", err)
		}
	})
	// What was raised before the window is not forgotten with its reset.
	inWorld(t, setup{version: pythonNew, spec: append(lines, "measure: {duration: 15s, settle: 2s, attempts: 1}"), knobs: locustsim.Knobs{Frozen: true, Exceptions: []locust.Exception{raised}}}, func(w *world) {
		w.whileMeasuring(func() { w.master.EndUsers(2) })
		journal, err := w.try(w.t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), cause) || len(journal.Records) != 1 || journal.Records[0].Status != result.Invalid {
			t.Errorf("ended with %v:\n%s", err, reasons(journal))
		}
	})
	// Where requests have succeeded, other scenarios may do better.
	inWorld(t, setup{version: pythonNew, spec: lines, knobs: locustsim.Knobs{UserLimit: 7, Exceptions: []locust.Exception{raised}}}, func(w *world) {
		journal := w.run()
		w.want(journal, "ERROR, ERROR!, ERROR, ERROR!")
		if got := journal.Records[0].StatusText(); !strings.HasSuffix(got, cause) {
			t.Errorf("status %q", got)
		}
	})
}

// TestNoRequests: a window without a single request is no success.
func TestNoRequests(t *testing.T) {
	inWorld(t, setup{knobs: locustsim.Knobs{Frozen: true}}, func(w *world) {
		w.want(w.run(), "INVALID!")
	})
}

// TestPythonWithoutWorkers: /swarm's success with no workers is not believed.
func TestPythonWithoutWorkers(t *testing.T) {
	inWorld(t, setup{version: pythonNew, spec: []string{python}}, func(w *world) {
		w.once(run.PhaseStarted, run.PhaseSwarm, 1, func() { w.master.SetWorkers(0) })
		journal := w.run()
		if rec := w.only(journal); rec.Status == result.Success {
			t.Errorf("record %+v", rec)
		}
	})
}

// TestMasterDies: it is away from the middle of the window on and back for the next attempt.
func TestMasterDies(t *testing.T) {
	for _, version := range []string{locustsim.Ours, pythonNew} {
		t.Run("version "+version, func(t *testing.T) {
			lines := []string{"measure: {duration: 15s, cooldown: 3s, settle: 2s, attempts: 2}"}
			if version != locustsim.Ours {
				lines = append(lines, python)
			}
			inWorld(t, setup{version: version, spec: lines}, func(w *world) {
				down := func(v bool) { w.master.Set(func(k *locustsim.Knobs) { k.Down = v }) }
				w.whileMeasuring(func() { down(true) })
				w.once(run.PhaseStarted, run.PhaseCooldown, 1, func() {
					w.master.Restart()
					down(false)
				})
				journal := w.run()
				w.want(journal, "INVALID, SUCCESS!")
				if rec := journal.Records[0]; len(rec.Warnings) == 0 || !strings.Contains(rec.Warnings[0], "stopping the load") {
					t.Errorf("that the load could not be stopped is not told: %q", rec.Warnings)
				}
			})
		})
	}
}

// TestSlowStop: a master that is "stopping" for a minute (locust-protocol.md 33) is waited for.
func TestSlowStop(t *testing.T) {
	inWorld(t, setup{version: pythonNew, spec: []string{python, "matrix: {replicas: [1], workers: [2], users: [5, 10]}"}, knobs: locustsim.Knobs{Stop: time.Minute}}, func(w *world) {
		journal := w.run()
		w.want(journal, "SUCCESS!, SUCCESS!")
		if stop := journal.Records[0].Phases.Stop; stop < 60 {
			t.Errorf("stopped in %g s", stop)
		}
	})
}

// TestStopConfirmed: that /stop was answered is not taken for an end of the load.
func TestStopConfirmed(t *testing.T) {
	for _, version := range []string{locustsim.Ours, pythonNew} {
		t.Run("version "+version, func(t *testing.T) {
			var lines []string
			if version != locustsim.Ours {
				lines = []string{python}
			}
			inWorld(t, setup{version: version, spec: lines, knobs: locustsim.Knobs{Stop: 20 * time.Second, Hasty: true}}, func(w *world) {
				if stop := w.only(w.run()).Phases.Stop; stop < 20 || stop > 25 {
					t.Errorf("stopped in %g s", stop)
				}
			})
		})
	}
}

// TestStoreFails: what cannot be kept ends the run, with the load stopped and the
// target released, and no attempt used up: it is measured again when there is room.
func TestStoreFails(t *testing.T) {
	full := errors.New("disk full")
	for _, method := range []string{"Load", "Begin", "Append", "SaveSlices"} {
		t.Run(method, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				w.disk.FailNext(method, full)
				journal, err := w.try(w.t.Context())
				if !errors.Is(err, full) {
					t.Errorf("error = %v", err)
				}
				if journal != nil && len(journal.Records) > 0 {
					t.Errorf("records that are not on the disk: %s", statuses(journal.Records))
				}
				if state, users := w.master.State(); users > 0 {
					t.Errorf("%d users run, state %s", users, state)
				}
			})
		})
	}
}

// TestPythonStartsAnew: after a failed attempt our own Python master is restarted,
// rather than waited for while it is "stopping".
func TestPythonStartsAnew(t *testing.T) {
	lines := []string{python, "measure: {duration: 15s, cooldown: 3s, settle: 2s, attempts: 2}"}
	inWorld(t, setup{version: pythonNew, spec: lines, knobs: locustsim.Knobs{Stop: time.Minute}}, func(w *world) {
		w.whileMeasuring(func() { w.master.SetWorkers(1) })
		w.once(run.PhaseStarted, run.PhaseCooldown, 1, w.master.Restart)
		journal := w.run()
		w.want(journal, "INVALID, SUCCESS!")
		if stop := journal.Records[0].Phases.Stop; stop > 5 {
			t.Errorf("waited %g s for a master that is restarted", stop)
		}
		if calls := w.platform.Calls(); !slices.Contains(calls, "Scale master 0") {
			t.Errorf("the master was not ended: %q", calls)
		}
	})
}

// TestOtherDriver: a lease that another driver keeps alive is an error that names
// it; one that nobody renews is waited for.
func TestOtherDriver(t *testing.T) {
	take := func(w *world, holder string) {
		c, err := locust.NewClient("http://master.invalid", holder)
		if err := errors.Join(err, c.Through(w.master).TakeLease(w.t.Context(), 10*time.Second)); err != nil {
			w.t.Error(err)
		}
	}
	inWorld(t, setup{}, func(w *world) {
		w.master.OnRequest(func(r locustsim.Request) {
			if r.Lease == w.holder.Run && r.Path == locust.LeasePath {
				take(w, "another")
			}
		})
		journal := w.run()
		w.want(journal, "ERROR!")
		if got := w.only(journal).StatusText(); !strings.Contains(got, "another driver holds the load") {
			t.Errorf("status %q", got)
		}
	})
	inWorld(t, setup{}, func(w *world) {
		w.once(run.PhaseStarted, run.PhaseSwarm, 1, func() { take(w, "a dead one") })
		w.want(w.run(), "SUCCESS!")
	})
}
