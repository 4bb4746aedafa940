package run_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/run/storetest"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// python is the engine's line for real Locust, and its versions on both sides of the change of verbs.
const (
	python    = "load: {engine: locust}"
	pythonNew = "2.47.0"
	pythonOld = "2.46.3"
)

// world is everything around a campaign, in memory and on the bubble's clock.
type world struct {
	t        *testing.T
	exp      *experiment.Experiment
	platform *platformtest.Fake
	// over, when set, is what the campaign gets instead of platform.
	over    platform.Platform
	master  *locustsim.Master
	disk    *storetest.Memory
	holder  platform.Holder
	events  []run.Event
	observe []func(run.Event)
	prepare func() error
	look    func(context.Context, string) error
	// commands are those of the campaign that was begun last.
	commands run.Commands
}

// setup is what differs between worlds.
type setup struct {
	// version is the master's, spec overrides lines of the experiment's.
	version  string
	spec     []string
	knobs    locustsim.Knobs
	platform platformtest.FakeOptions
}

// inWorld runs a test in a bubble. The default world is one scenario of our
// engine: 2 replicas, 2 workers, 10 users, a window of 5 s, one attempt.
func inWorld(t *testing.T, s setup, test func(w *world)) {
	t.Helper()
	exp := decode(t, s.spec...)
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			t: t, exp: exp, platform: platformtest.NewFake(s.platform),
			master: locustsim.New(s.version, s.knobs), disk: storetest.NewMemory(),
			holder: platform.Holder{Run: "run-1", Detail: "test"},
		}
		w.attach()
		test(w)
	})
}

// attach makes the workers that the platform starts join the master.
func (w *world) attach(more ...func(call string)) {
	master := w.master
	w.platform.OnCall(func(call string) {
		for _, fn := range more {
			fn(call)
		}
		var n int
		if _, err := fmt.Sscanf(call, "Scale worker %d", &n); err == nil {
			master.SetWorkers(n)
		}
	})
}

// decode reads the default one; each override is a line of the spec, which
// replaces the one of the same field.
func decode(t *testing.T, overrides ...string) *experiment.Experiment {
	t.Helper()
	lines := []string{
		`target: {process: {command: [sim, --listen, "127.0.0.1:{{port}}"]}}`,
		"load: {engine: swarm}",
		"matrix: {replicas: [2], workers: [2], users: [10]}",
		"measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 1}",
		"slo: []",
	}
	for _, o := range overrides {
		field, _, _ := strings.Cut(o, ":")
		for i, line := range lines {
			if strings.HasPrefix(line, field+":") {
				lines[i] = o
			}
		}
	}
	text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  " + strings.Join(lines, "\n  ") + "\n"
	path := filepath.Join(t.TempDir(), "experiment.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	exp, err := experiment.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

// on has fn called with each event.
func (w *world) on(fn func(run.Event)) { w.observe = append(w.observe, fn) }

// once has fn called at the n-th event of a type and phase, counted over all attempts.
func (w *world) once(typ run.EventType, phase run.Phase, n int, fn func()) {
	seen := 0
	w.on(func(e run.Event) {
		if e.Type == typ && e.Phase == phase {
			if seen++; seen == n {
				fn()
			}
		}
	})
}

// whileMeasuring has fn called 1 s into the first window.
func (w *world) whileMeasuring(fn func()) { w.once(run.Sample, run.PhaseMeasure, 1, fn) }

// try runs the campaign and returns what it does.
func (w *world) try(ctx context.Context) (*result.Run, error) {
	w.t.Helper()
	store, err := w.disk.Open()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	c := run.New(run.Options{
		Experiment: w.exp, Platform: cmp.Or[platform.Platform](w.over, w.platform), Store: store, Holder: w.holder, Version: "test", Prepare: w.prepare, Look: w.look,
		NewClient: func(base, lease string) (*locust.Client, error) {
			c, err := locust.NewClient(base, lease)
			if err != nil {
				return nil, err
			}
			return c.Through(w.master), nil
		},
		Observe: func(e run.Event) {
			w.events = append(w.events, e)
			for _, fn := range w.observe {
				fn(e)
			}
		},
	})
	w.commands = c
	return c.Run(ctx)
}

// run runs the campaign to its end.
func (w *world) run() *result.Run {
	w.t.Helper()
	journal, err := w.try(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.sound(journal)
	return journal
}

// sound checks what holds after every run: the journal on the disk is the one
// returned, no load runs, and the platform is released.
func (w *world) sound(journal *result.Run) {
	w.t.Helper()
	stored, err := w.disk.Run()
	if err != nil {
		w.t.Fatal(err)
	}
	if got, want := statuses(stored.Records), statuses(journal.Records); got != want {
		w.t.Errorf("stored %s, returned %s", got, want)
	}
	if state, users := w.master.State(); users > 0 {
		w.t.Errorf("%d users run after the end, state %s", users, state)
	}
	if _, err := w.platform.Address(platform.Target); !errors.Is(err, platform.ErrNotAcquired) {
		w.t.Errorf("the platform is not released: %v", err)
	}
}

// statuses are all records in a line: "INVALID, SUCCESS!", with ! for terminal ones.
func statuses(records []result.Record) string {
	var out []string
	for _, r := range records {
		s := string(r.Status)
		if r.Terminal {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// want checks the records' statuses.
func (w *world) want(journal *result.Run, want string) {
	w.t.Helper()
	if got := statuses(journal.Records); got != want {
		w.t.Errorf("records %s, want %s; reasons:\n%s", got, want, reasons(journal))
	}
	for _, r := range journal.Records {
		w.wantFindings(r)
	}
}

// wantFindings checks that a record's findings are what it says to people, and that no attempt
// is INVALID for anything but a rule.
func (w *world) wantFindings(r result.Record) {
	w.t.Helper()
	against := 0
	for _, f := range r.Findings {
		among := r.Warnings
		if f.Invalid {
			among = r.Reasons
			against++
		}
		if !slices.Contains(among, f.Text) || validity.Remedy(f.ID) == "" {
			w.t.Errorf("%v: finding %+v is not among %q, or of no check", r.Key, f, among)
		}
	}
	if (r.Status == result.Invalid) != (against > 0) {
		w.t.Errorf("%v is %s with %d findings against it", r.Key, r.StatusText(), against)
	}
}

func reasons(journal *result.Run) string {
	var out []string
	for _, r := range journal.Records {
		out = append(out, fmt.Sprintf("  %v: %s (warnings %q)", r.Key, r.StatusText(), r.Warnings))
	}
	return strings.Join(out, "\n")
}

// only returns the record of a run that made one.
func (w *world) only(journal *result.Run) result.Record {
	w.t.Helper()
	if len(journal.Records) != 1 {
		w.t.Fatalf("%d records, want 1:\n%s", len(journal.Records), reasons(journal))
	}
	return journal.Records[0]
}

// requests lists what changed something at the master, in order.
func (w *world) requests() (out []string) {
	for _, r := range w.master.Requests() {
		changes := r.Path == "/swarm" || r.Path == "/stop" || r.Path == "/stats/reset" || strings.HasSuffix(r.Path, "/csv") || r.Path == locust.LeasePath
		if changes && r.Method != "OPTIONS" {
			out = append(out, r.String())
		}
	}
	return out
}

// at is when the master first got a request; the zero time if never.
func (w *world) at(request string) time.Time {
	for _, r := range w.master.Requests() {
		if r.String() == request {
			return r.At
		}
	}
	return time.Time{}
}

// phase is when a phase first began.
func (w *world) phase(p run.Phase) time.Time {
	w.t.Helper()
	for _, e := range w.events {
		if e.Type == run.PhaseStarted && e.Phase == p {
			return e.Time
		}
	}
	w.t.Fatalf("phase %s never began", p)
	return time.Time{}
}
