package validity

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// seen is an observation of two workers with five users each, changed by edit.
func seen(edit func(*locust.Observation)) locust.Observation {
	l := locust.Observation{State: locust.StateRunning, Users: 10, Status: &locust.Status{Events: []locust.Event{{Seq: 4, Type: locust.EventWorkerJoined, Worker: "a"}}}}
	for _, id := range []string{"a", "b"} {
		l.Workers = append(l.Workers, locust.Worker{ID: id, State: locust.StateRunning, UserCount: 5, CPUPercent: 50})
	}
	if edit != nil {
		edit(&l)
	}
	return l
}

func event(seq int64, typ, worker string) func(*locust.Observation) {
	return func(l *locust.Observation) {
		l.Status.Events = append(l.Status.Events, locust.Event{Seq: seq, Type: typ, Worker: worker})
	}
}

// replicas observes two, changed by edit.
func replicas(edit func(*platform.Status)) platform.Status {
	s := platform.Status{Wanted: 2, Ready: 2, Replicas: []platform.Replica{{ID: "x", Ready: true}, {ID: "y", Ready: true, Restarts: 1}}}
	if edit != nil {
		edit(&s)
	}
	return s
}

// texts are those of the findings; nil for none.
func texts(found []result.Finding) []string { return result.Texts(found) }

func open(now time.Time) *Watch {
	target := replicas(nil)
	return New(10, now, seen(nil), &target)
}

// TestWatchLoad judges single observations of the load.
func TestWatchLoad(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*locust.Observation)
		want []string
	}{
		{"as it was", nil, nil},
		{"users", func(l *locust.Observation) { l.Users = 9 }, []string{"9 users instead of 10"}},
		{"state", func(l *locust.Observation) { l.State = locust.StateStopping }, []string{"the load is stopping"}},
		{"lost", func(l *locust.Observation) { l.Workers = l.Workers[1:] }, []string{"worker lost: a"}},
		{"missing", func(l *locust.Observation) { l.Workers[1].State = "missing" }, []string{"worker lost: b"}},
		{"both lost", func(l *locust.Observation) { l.Workers = nil }, []string{"worker lost: a, b"}},
		{"joined", func(l *locust.Observation) {
			l.Workers = append(l.Workers, locust.Worker{ID: "c", State: locust.StateReady})
		}, []string{"worker joined: c"}},
		{"replaced", func(l *locust.Observation) { l.Workers[0].ID = "c" }, []string{"worker lost: a", "worker joined: c"}},
		{"lost, by event", event(5, locust.EventWorkerLost, "a"), []string{"worker lost: a"}},
		{"quit, by event", event(5, locust.EventWorkerQuit, "b"), []string{"worker lost: b"}},
		{"joined, by event", event(5, locust.EventWorkerJoined, "c"), []string{"worker joined: c"}},
		{"old event", event(4, locust.EventWorkerLost, "a"), nil},
		{"connection", event(5, locust.EventRedispatched, "a"), []string{"worker lost its connection for a moment: a"}},
		{"users moved, which a loss has told of", event(5, locust.EventRedispatched, ""), nil},
		{"lease", event(5, locust.EventLeaseExpired, ""), []string{"the lease on the load ran out"}},
		{"dropped", event(5, locust.EventReportDropped, "a"), []string{"the master lost measurements of worker a: "}},
		{"forgotten events", func(l *locust.Observation) {
			l.Status.Events = []locust.Event{{Seq: 6, Type: locust.EventRedispatched}}
		}, []string{"so much happened to the load that the master forgot some of it"}},
		{"unknown event", event(5, "new_in_the_next_release", "a"), nil},
		{"Python", func(l *locust.Observation) { l.Status = nil }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Now()
			w := open(now)
			for range 2 { // a reason is told once
				w.JudgeLoad(now, seen(tt.edit))
			}
			if diff := cmp.Diff(tt.want, texts(w.Against())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWatchTarget judges single observations of the target.
func TestWatchTarget(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*platform.Status)
		want []string
	}{
		{"as it was", nil, nil},
		{"not ready", func(s *platform.Status) { s.Ready = 1 }, []string{"1 of 2 replicas of the target ready"}},
		{
			"restarted under the same id",
			func(s *platform.Status) { s.Replicas[1].Restarts, s.Replicas[1].LastExit = 2, "signal:\n killed" },
			[]string{"target replica y restarted: signal: killed"},
		},
		{
			"restarted under a new id",
			func(s *platform.Status) { s.Replicas[0] = platform.Replica{ID: "z", Restarts: 1} },
			[]string{"target replica z restarted", "target replica x is gone"},
		},
		{
			"replaced", func(s *platform.Status) { s.Replicas[0] = platform.Replica{ID: "z"} },
			[]string{"target replica z appeared", "target replica x is gone"},
		},
		{
			"scaled up", func(s *platform.Status) { s.Ready, s.Replicas = 3, append(s.Replicas, platform.Replica{ID: "z"}) },
			[]string{"target replica z appeared", "3 of 2 replicas of the target ready"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := open(time.Now())
			w.JudgeTarget(replicas(tt.edit))
			if diff := cmp.Diff(tt.want, texts(w.Against())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWatchTime judges what time alone tells.
func TestWatchTime(t *testing.T) {
	start := time.Now()
	after := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	for _, tt := range []struct {
		name string
		do   func(w *Watch)
		want []string
	}{
		{"just looked", func(w *Watch) { w.Broken(after(5)) }, nil},
		{"not looked", func(w *Watch) { w.Broken(after(5.1)) }, []string{"no observation of the load for 5s"}},
		{"looked again", func(w *Watch) { w.JudgeLoad(after(3), seen(nil)); w.Broken(after(8)) }, nil},
		{"totals move", func(w *Watch) { w.JudgeTotals(after(7), 10); w.JudgeTotals(after(14), 11) }, nil},
		{"totals stand still", func(w *Watch) { w.JudgeTotals(after(2), 10); w.JudgeTotals(after(10), 10) }, []string{"no request completed for 5s"}},
		{"totals stand still for a while", func(w *Watch) { w.JudgeTotals(after(2), 10); w.JudgeTotals(after(9.9), 10) }, nil},
		{"totals fall by the reset", func(w *Watch) { w.JudgeTotals(after(2), 900); w.JudgeTotals(after(9), 5) }, nil},
		{"silent seconds", func(w *Watch) { w.JudgeQuiet(5 * time.Second) }, []string{"no request completed for 5s"}},
		{"few silent seconds", func(w *Watch) { w.JudgeQuiet(4 * time.Second) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := open(start)
			tt.do(w)
			if diff := cmp.Diff(tt.want, texts(w.Against())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWatchCPU takes the mean over workers and time: one busy moment is no reason.
func TestWatchCPU(t *testing.T) {
	for _, tt := range []struct {
		cpu  []float64
		want []string
	}{
		{[]float64{100, 80, 90, 90}, nil},
		{[]float64{100, 100, 85, 85}, []string{"mean generator CPU 92 %, above 90 %: use more workers"}},
	} {
		w := open(time.Now())
		for pair := range slices.Chunk(tt.cpu, 2) {
			w.JudgeLoad(time.Now(), seen(func(l *locust.Observation) { l.Workers[0].CPUPercent, l.Workers[1].CPUPercent = pair[0], pair[1] }))
		}
		if diff := cmp.Diff(tt.want, texts(w.Against())); diff != "" || w.Seen.CPUMax != 100 {
			t.Errorf("CPU %v, at most %g (-want +got):\n%s", tt.cpu, w.Seen.CPUMax, diff)
		}
	}
}
