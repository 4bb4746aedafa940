package run_test

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// dieAt runs the campaign until the n-th call of the Store or the Platform and
// abandons it there, as SIGKILL does: nothing is stopped, closed or released. It
// tells whether there was such a call. The next process starts from there. With
// requests, those to the master count as calls, too.
func (w *world) dieAt(n int, requests bool) (died bool, where string) {
	w.t.Helper()
	calls := 0
	count := func(call string) {
		if calls++; calls == n {
			died, where = true, call
			runtime.Goexit()
		}
	}
	w.disk.OnCall(count)
	w.attach(count)
	if requests {
		w.master.OnRequest(func(r locustsim.Request) { count(r.String()) })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = w.try(w.t.Context())
	}()
	<-done
	w.disk.OnCall(nil)
	w.master.OnRequest(nil)
	if died {
		w.disk.Die()
		peer := w.platform.Peer()
		w.platform.Die()
		w.platform = peer
	}
	w.attach()
	return died, where
}

// onePass checks that each key has one final record, all in the stored order.
func (w *world) onePass(journal *result.Run, where string) {
	w.t.Helper()
	var got []matrix.Key
	for _, r := range journal.Records {
		if r.Terminal {
			got = append(got, r.Key)
		}
		if r.Status != result.Success {
			w.t.Errorf("killed at %s: %v ended %s", where, r.Key, r.StatusText())
		}
	}
	var want []matrix.Key
	for _, i := range journal.Header.Order {
		want = append(want, journal.Header.Keys[i])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("killed at %s: final records (-want +got):\n%s", where, diff)
	}
}

// short is a plan of two scenarios that take little effort.
func short() []string {
	return []string{"matrix: {replicas: [1, 2], workers: [1], users: [2]}", "measure: {duration: 1s, cooldown: 1s, settle: 0s, attempts: 2}"}
}

// TestKilledAnywhere: killed at any call of the Store or the Platform, or at any
// request, and continued, a run loses no finished scenario and measures none twice. The master
// may die with the driver, as on one machine, or live on with its load, as in a cluster.
func TestKilledAnywhere(t *testing.T) {
	for name, survives := range map[string]bool{"master dies": false, "master survives": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, more := 1, true; more; n++ {
				inWorld(t, setup{spec: short()}, func(w *world) {
					var where string
					if more, where = w.dieAt(n, survives); !more {
						return
					}
					if !survives {
						w.master.SetWorkers(0)
						w.master.Restart()
					}
					before := w.finals()
					journal := w.run()
					w.onePass(journal, where)
					if after := w.finals(); len(after) < len(before) || !slices.Equal(after[:len(before)], before) {
						t.Errorf("killed at %s: final records were %v, are %v", where, before, after)
					}
				})
			}
		})
	}
}

// finals lists what is on the disk for good: keys with the moment they were measured.
func (w *world) finals() (out []string) {
	w.t.Helper()
	stored, err := w.disk.Run()
	if err != nil {
		w.t.Fatal(err)
	}
	if stored == nil {
		return nil
	}
	for _, r := range stored.Records {
		if r.Terminal {
			out = append(out, r.Key.String()+" "+r.Started.String())
		}
	}
	return out
}

// TestTornRecord: a record torn by the kill is measured again.
func TestTornRecord(t *testing.T) {
	inWorld(t, setup{spec: short()}, func(w *world) {
		w.run()
		w.disk.Crash(func(journal []byte) []byte { return journal[:len(journal)-10] })
		w.onePass(w.run(), "the last record")
		w.disk.Crash(func(journal []byte) []byte { return journal[:bytes.IndexByte(journal, '\n')] })
		w.onePass(w.run(), "the header")
	})
}

// TestResumeFinished measures nothing more.
func TestResumeFinished(t *testing.T) {
	inWorld(t, setup{spec: short()}, func(w *world) {
		w.run()
		before := len(w.requests())
		w.want(w.run(), "SUCCESS!, SUCCESS!")
		if after := len(w.requests()); after != before {
			t.Errorf("%d requests more", after-before)
		}
	})
}

// TestResumeSpelledOtherwise: the same target under another spelling is the same run.
func TestResumeSpelledOtherwise(t *testing.T) {
	target := func(url, program string) []string {
		return append(short(), `target: {process: {command: [`+program+`]}, url: "`+url+`"}`)
	}
	inWorld(t, setup{spec: target("http://127.0.0.1:9999", "./bin/sim")}, func(w *world) {
		w.dieAt(30, false)
		w.exp = decode(w.t, target("http://localhost:9999/", "bin//sim")...)
		w.onePass(w.run(), "30th call")
	})
}

// TestResumeElsewhere: what would measure something else is refused, with every
// difference; what only concerns how often and in which order is not.
func TestResumeElsewhere(t *testing.T) {
	other := decode(t, "matrix: {replicas: [1, 3], workers: [1], users: [2]}", "measure: {duration: 2s, cooldown: 1s, settle: 0s, attempts: 1}",
		`target: {process: {command: [sim]}, url: "http://127.0.0.1:9999"}`)
	same := decode(t, append(short(), "matrix: {replicas: [1, 2], workers: [1], users: [2], order: random, seed: 7}", "measure: {duration: 1s, cooldown: 1s, settle: 0s, attempts: 9}")...)
	inWorld(t, setup{spec: short()}, func(w *world) {
		w.dieAt(30, false)
		w.exp = other
		_, err := w.try(w.t.Context())
		var resume *run.ResumeError
		if !errors.As(err, &resume) {
			t.Fatalf("error = %v", err)
		}
		for _, want := range []string{"spec.measure.duration was 1s, is 2s", "spec.matrix was [1 replica, 1 worker, 2 users; 2 replicas, 1 worker, 2 users], is [1 replica, 1 worker, 2 users; 3 replicas, ", "spec.target.url was not set, is http://127.0.0.1:9999", "spec.target.process.command was "} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error does not tell %q:\n%v", want, err)
			}
		}
		w.exp = same
		w.onePass(w.run(), "30th call")
	})
}

// TestRandomOrder: a run goes on in the order in which it began, whatever the file says now.
func TestRandomOrder(t *testing.T) {
	const matrixOf = "matrix: {replicas: [1, 2, 3], workers: [1], users: [2], repeats: 2, "
	listed := decode(t, append(short(), matrixOf+"order: listed}")...)
	inWorld(t, setup{spec: append(short(), matrixOf+"order: random, seed: 3}")}, func(w *world) {
		finished := 0
		w.interrupt(func(e run.Event) bool {
			if e.Type == run.AttemptFinished {
				finished++
			}
			return finished == 2
		})
		w.observe, w.events, w.exp = nil, nil, listed
		journal := w.run()
		// Four scenarios of 2 s of overhead (as planned), 2 s of ramp and 1 s, with a cool-down of 1 s between them.
		if left := w.events[0].RunLeft; left != 4*(2+2+1)+3*1 {
			t.Errorf("%g s left at the start", left)
		}
		if slices.IsSorted(journal.Header.Order) {
			t.Fatal("the seed shuffles nothing")
		}
		w.onePass(journal, "the second record")
	})
}
