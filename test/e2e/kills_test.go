//go:build linux

package e2e

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// TestKills kills the driver at random moments of a short matrix and resumes the
// run each time, until -kills kills are done and the last matrix is finished:
// nothing finished is lost or measured twice, and no process stays.
func TestKills(t *testing.T) {
	waitingTest(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("%d kills, seed %d", *kills, seed)
	k := &killing{w: newWorld(t), rng: rand.New(rand.NewPCG(seed, 0)), left: *kills}
	k.w.file("busy.yaml", busy)
	k.w.file("kills.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}",
		"{replicas: [1, 2], workers: [1], users: [4, 8]}", "{duration: 1s, settle: 1s, cooldown: 1s}"))
	for round := 1; k.left > 0; round++ {
		k.matrix(filepath.Join("runs", strconv.Itoa(round)))
		if t.Failed() {
			return
		}
	}
}

// TestKilledBeforeTheBeginning: a journal whose first line is torn holds nothing, so both
// ways to continue start afresh.
func TestKilledBeforeTheBeginning(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("busy.yaml", busy)
	w.file("one.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", tiny, tinyMeasure))
	for _, option := range []string{"--resume", "--out"} {
		dir := "run" + option
		if err := os.Mkdir(w.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		w.file(filepath.Join(dir, rundir.JournalName), `{"header":{"form`)
		w.run(patience, "run", "one.yaml", option, dir).wantExit(0)
		w.wantSuccess(dir, 1)
	}
}

// killing is a series of kills.
type killing struct {
	w    *world
	rng  *rand.Rand
	left int
	// moments are those not used yet: all of them are used once before any is used twice.
	moments []moment
	// final are the terminal lines of the present journal, which must stay.
	final map[string][]byte
}

// moment is when to kill: some time after the driver's start, or after the beginning of a
// phase.
type moment struct {
	phase run.Phase
	// within bounds the delay: about what the phase takes.
	within time.Duration
}

func allMoments() []moment {
	return []moment{
		{"", 300 * time.Millisecond}, // reading files, locking, starting the balancer and the master
		{run.PhaseScale, 200 * time.Millisecond},
		{run.PhaseWorkers, 200 * time.Millisecond},
		{run.PhaseSwarm, 5 * time.Millisecond},
		{run.PhaseRamp, 300 * time.Millisecond},
		{run.PhaseSettle, time.Second},
		{run.PhaseMeasure, 2 * time.Second},
		{run.PhaseCollect, 5 * time.Millisecond}, // here the journal is written
		{run.PhaseStop, 50 * time.Millisecond},
		{run.PhaseCooldown, time.Second},
		{finished, 2 * time.Millisecond}, // here the reports are written
	}
}

// finished stands for the time after the last phase.
const finished run.Phase = "finished"

func (k *killing) moment() moment {
	if len(k.moments) == 0 {
		k.moments = allMoments()
		k.rng.Shuffle(len(k.moments), func(i, j int) { k.moments[i], k.moments[j] = k.moments[j], k.moments[i] })
	}
	m := k.moments[0]
	k.moments = k.moments[1:]
	return m
}

// matrix runs one matrix to its end, with kills on the way while any are left.
func (k *killing) matrix(dir string) {
	k.final = map[string][]byte{}
	d := k.w.start("run", "kills.yaml", "--out", dir, "--json")
	for k.left > 0 && k.strike(d) {
		k.left--
		k.w.noOrphans()
		k.check(dir, d)
		d = k.w.start("run", "kills.yaml", k.again(dir), dir, "--json")
	}
	d.wait(patience)
	d.wantExit(0)
	k.check(dir, d)
	k.w.wantSuccess(dir, 4)
	k.w.noOrphans()
	if len(k.final) != 4 {
		k.w.t.Errorf("%d terminal records, want 4", len(k.final))
	}
}

// again is the option that continues: a kill may come before there is anything to resume.
func (k *killing) again(dir string) string {
	if _, err := os.Stat(k.w.path(filepath.Join(dir, rundir.JournalName))); os.IsNotExist(err) {
		return "--out"
	}
	return "--resume"
}

// strike kills the driver at the next moment. It returns false when the run was
// over before.
func (k *killing) strike(d *driver) bool {
	k.w.t.Helper()
	m, occurrence := k.moment(), 1+k.rng.IntN(2)
	match := inPhase(m.phase)
	if m.phase == finished {
		match, occurrence = func(e run.Event) bool { return e.Type == run.RunFinished }, 1
	}
	if m.phase != "" && !d.awaitEvent(occurrence, match) {
		return false
	}
	delay := time.Duration(k.rng.Int64N(int64(m.within)))
	time.Sleep(delay) // the moment is random on purpose
	d.kill()
	killed := !d.cmd.ProcessState.Exited()
	k.w.t.Logf("%d left: %s number %d + %v: killed %v", k.left, m.phase, occurrence, delay.Round(time.Millisecond), killed)
	return killed
}

// check reads the journal without the program's reader: every whole line is JSON, no key has
// two terminal records, earlier ones are unchanged, and every one that the driver reported
// is there.
func (k *killing) check(dir string, d *driver) {
	k.w.t.Helper()
	data, err := os.ReadFile(k.w.path(filepath.Join(dir, rundir.JournalName)))
	if os.IsNotExist(err) && len(k.final) == 0 && d.seen(isFinal) == 0 {
		return
	}
	if err != nil {
		k.w.t.Fatal(err)
	}
	now := k.terminal(data)
	for key, line := range k.final {
		if !bytes.Equal(now[key], line) {
			k.w.t.Errorf("the record of %s was %s\nand is %s", key, line, now[key])
		}
	}
	d.locked(func() {
		for _, e := range d.events {
			if isFinal(e) && now[keyText(k.w.t, e.Record.Key)] == nil {
				k.w.t.Errorf("%v was told to be finished and is not in the journal", e.Key)
			}
		}
	})
	k.final = now
}

func isFinal(e run.Event) bool {
	return e.Type == run.AttemptFinished && e.Record.Terminal
}

// terminal returns the journal's terminal lines by key.
func (k *killing) terminal(journal []byte) map[string][]byte {
	k.w.t.Helper()
	out := map[string][]byte{}
	lines := bytes.SplitAfter(journal, []byte{'\n'})
	for _, line := range lines[:len(lines)-1] { // the last is empty or torn
		var l struct {
			Record struct {
				Key      json.RawMessage
				Terminal bool
			}
		}
		if err := json.Unmarshal(line, &l); err != nil {
			k.w.t.Fatalf("%v in journal line %q", err, line)
		}
		if key := string(l.Record.Key); l.Record.Terminal {
			if out[key] != nil {
				k.w.t.Errorf("two terminal records of %s", key)
			}
			out[key] = line
		}
	}
	return out
}

func keyText(t *testing.T, key any) string {
	t.Helper()
	text, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
