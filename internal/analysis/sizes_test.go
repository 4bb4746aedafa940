package analysis

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/models"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// queueRows are what a closed queue gives: 50 ms of service, so many servers a replica, a
// second of think time.
func queueRows(t *testing.T, servers float64, replicas, users []int, objectives ...string) []Row {
	t.Helper()
	q := models.Queue{Service: .05, Servers: servers, Think: 1}
	bounds := slo(t, objectives...)
	run := &result.Run{}
	run.Header.Duration = 100
	for _, n := range replicas {
		for _, u := range users {
			k := matrix.Key{Scenario: matrix.Scenario{Replicas: n, Workers: 4, Users: u}, Round: 1}
			e := q.At(n, u)
			l := result.Latency{P50: 1000 * e.P50, P95: 1000 * e.P95, P99: 1500 * e.P95, Mean: 1000 * e.Mean, Max: 3000 * e.P95}
			m := &result.Measured{Duration: 100, Requests: int64(100 * e.Rate), RPS: e.Rate, Latency: l, Success: &l, Exact: true}
			run.Header.Keys = append(run.Header.Keys, k)
			run.Records = append(run.Records, result.Record{Key: k, Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Success, Measured: m})
		}
	}
	return Rows(run, bounds)
}

// TestSizesHoldTheTruth: 84 users just stay below 300 ms with 2 replicas of 2 servers; the
// bracket holds that, and what is interpolated is near.
func TestSizesHoldTheTruth(t *testing.T) {
	for _, users := range [][]int{{50, 80, 100}, {60, 84, 85, 90}, {20, 120}, {80, 86}} {
		rows := queueRows(t, 2, []int{1, 2, 4}, users, "p95 < 300ms")
		s := Sizes(rows)[1]
		if s.Passes > 84 || s.Fails < 85 || s.Passes == 0 {
			t.Errorf("%v: the bracket is %d to %d, the truth 84", users, s.Passes, s.Fails)
		}
		if s.Interpolated < float64(s.Passes) || s.Interpolated > float64(s.Fails) {
			t.Errorf("%v: interpolated %v is not between %d and %d", users, s.Interpolated, s.Passes, s.Fails)
		}
		if s.Fails-s.Passes <= 20 && math.Abs(s.Interpolated-84.3) > 2 {
			t.Errorf("%v: interpolated %v, the truth is 84", users, s.Interpolated)
		}
	}
}

func TestSizes(t *testing.T) {
	rows := queueRows(t, 2, []int{1, 2, 4}, []int{20, 50, 100, 200}, "p95 < 300ms")
	got := Sizes(rows)
	type short struct{ Replicas, Passes, Fails int }
	var shorts []short
	for _, s := range got {
		shorts = append(shorts, short{s.Replicas, s.Passes, s.Fails})
	}
	if diff := cmp.Diff([]short{{1, 20, 50}, {2, 50, 100}, {4, 100, 200}}, shorts); diff != "" {
		t.Error(diff)
	}
	if got[0].Efficiency != nil || got[0].Gain != nil {
		t.Errorf("the smallest is relative to something: %+v", got[0])
	}
	for i, s := range got[1:] {
		if s.Efficiency == nil || s.Efficiency.To != 1 || s.Efficiency.Of != ByUsers || s.Efficiency.Value < .8 || s.Efficiency.Value > 1.4 {
			t.Errorf("%d replicas: efficiency %+v", s.Replicas, s.Efficiency)
		}
		if s.Gain == nil || s.Gain.To != got[i].Replicas || s.Gain.Value < .5 {
			t.Errorf("%d replicas: gain %+v", s.Replicas, s.Gain)
		}
		if want := s.Interpolated / got[0].Interpolated / float64(s.Replicas); math.Abs(s.Efficiency.Value-want) > 1e-9 {
			t.Errorf("%d replicas: efficiency %v, want %v", s.Replicas, s.Efficiency.Value, want)
		}
	}
	if got[0].Largest.Users != 200 || math.Abs(got[0].Largest.RPS-40) > .5 {
		t.Errorf("largest %+v, want 40 with 200 users", got[0].Largest)
	}
}

// TestSizesByRate: without an SLO, capacities are those of a saturated service.
func TestSizesByRate(t *testing.T) {
	got := Sizes(queueRows(t, 2, []int{2, 4}, []int{20, 200, 400}))
	if e := got[1].Efficiency; e == nil || e.Of != ByRate || e.To != 2 || math.Abs(e.Value-1) > .02 {
		t.Errorf("efficiency %+v", e)
	}
	if light := Sizes(queueRows(t, 2, []int{2, 4}, []int{10, 20})); light[1].Efficiency != nil || light[1].Gain != nil {
		t.Errorf("a service that was never busy: %+v", light[1])
	}
	if got := Sizes(nil); got != nil {
		t.Errorf("sizes of nothing: %v", got)
	}
}

// TestNotMonotone: what passes above what fails gives no capacity.
func TestNotMonotone(t *testing.T) {
	rows := queueRows(t, 2, []int{2}, []int{50, 80}, "p95 < 300ms")
	rows[0].Judgement.Verdict = Fail
	if s := Sizes(rows)[0]; s.Passes != 80 || s.Fails != 50 || s.Interpolated != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCPUPerRequest(t *testing.T) {
	rows := queueRows(t, 2, []int{2}, []int{20, 80}, "p95 < 300ms")
	if s := Sizes(rows)[0]; s.CPU != nil {
		t.Errorf("CPU %v where nobody knows it", *s.CPU)
	}
	m := rows[1].Record.Measured
	rows[1].Record.Observed.TargetUsage = &result.Usage{CPUCores: m.RPS * .02}
	rows[0].Record.Observed.TargetUsage = &result.Usage{Unavailable: "no metrics"}
	if s := Sizes(rows)[0]; s.CPU == nil || math.Abs(*s.CPU-.02) > 1e-9 {
		t.Errorf("CPU %v, want 0.02 s", s.CPU)
	}
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*result.Record)
		want   Resource
		text   string
	}{
		{"queueing", func(*result.Record) {}, Queueing, "times as long with 2 replicas, 4 workers, 200 users as with 2 replicas, 4 workers, 10 users"},
		{"throttled", func(r *result.Record) { r.Observed.TargetUsage = &result.Usage{CPUCores: 1, Throttled: new(.34)} }, CPULimit, "held the target up in 34 % of the time"},
		{"hardly throttled", func(r *result.Record) { r.Observed.TargetUsage = &result.Usage{CPUCores: 1, Throttled: new(.005)} }, Queueing, ""},
		{"throttling unknown", func(r *result.Record) { r.Observed.TargetUsage = &result.Usage{Unavailable: "no"} }, Queueing, ""},
		{"one hot replica", func(r *result.Record) {
			r.Observed.TargetShares = &result.Shares{Unit: result.ByRequests, MaxToMean: 1.5, Replicas: []result.ReplicaShare{{ID: "a", Share: .25}, {ID: "b", Share: .75}}}
		}, HotReplica, "replica b had 75 % of the requests with 2 replicas, 4 workers, 200 users, an even share is 50 %"},
		{"errors", func(r *result.Record) { r.Measured.Failures = r.Measured.Requests / 20 }, Errors, "5 % of requests failed"},
		{"the generator, and errors", func(r *result.Record) {
			r.Measured.Failures = r.Measured.Requests / 20
			r.Observed.CPUMean, r.Observed.CPUMax = 85, 99
		}, Generator, "used 85 % of their CPU on average and 99 % at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows := queueRows(t, 2, []int{2}, []int{10, 200})
			tt.change(rows[1].Record)
			got := Sizes(rows)[0].Limits
			if len(got) == 0 || got[0].Resource != tt.want || !strings.Contains(got[0].Evidence, tt.text) {
				t.Errorf("%+v, want %s: %s", got, tt.want, tt.text)
			}
		})
	}
	if got := Sizes(queueRows(t, 2, []int{2}, []int{10, 20}))[0].Limits; got != nil {
		t.Errorf("without load: %+v", got)
	}
}

func TestSpares(t *testing.T) {
	got := Spares(grid("1 4 200: F", "2 4 200: P", "3 4 200: P", "1 4 400: F", "2 4 400: F", "3 4 400: P", "1 4 800: F", "2 4 800: F", "3 4 800: F"))
	want := []Spare{{200, 3, 2, true}, {400, 4, 3, false}, {800, 0, 0, false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Spares(queueRows(t, 2, []int{1}, []int{10})); got != nil {
		t.Errorf("without an SLO: %v", got)
	}
}

func TestAdvise(t *testing.T) {
	rows := queueRows(t, 2, []int{1, 2, 4}, []int{20, 50, 100, 200}, "failures < 1%", "p95 < 300ms")
	a := Advise(rows, Sizes(rows), slo(t, "failures < 1%", "p95 < 300ms"))
	if !a.Adequate() || a.Refusal != "" || a.Objective.Text != "300ms" {
		t.Fatalf("%+v, %v", a, a.Queues)
	}
	if l := a.Predicted[1].Limit; a.Predicted[1].Replicas != 2 || l.Beyond || l.Users < 82 || l.Users > 86 {
		t.Errorf("2 replicas: %+v, want 84", l)
	}
	if a.Scaling == nil || a.Of != ByUsers {
		t.Errorf("scaling %+v by %q", a.Scaling, a.Of)
	}
	few := queueRows(t, 2, []int{1}, []int{20, 50}, "p99 < 300ms")
	b := Advise(few, Sizes(few), slo(t, "p99 < 300ms"))
	if b.Adequate() || b.Refusal != "fitting a queue: valid numbers of 2 cells, it takes those of 3" || b.Predicted != nil || b.Objective != nil {
		t.Errorf("%+v", b)
	}
	for i := range rows {
		rows[i].Record.Measured.Failures = rows[i].Record.Measured.Requests / 10
	}
	if c := Advise(rows, nil, nil); c.Queues != nil || c.Bounds != nil {
		t.Errorf("rows with failures are fitted: %+v", c)
	}
}

// TestFewerPoints keeps the ends, and what lies between as far apart as can be.
func TestFewerPoints(t *testing.T) {
	if diff := cmp.Diff([]int{1, 3, 5, 7}, spread([]int{1, 2, 3, 4, 5, 6, 7}, 4)); diff != "" {
		t.Error(diff)
	}
	if got := spread([]int{1, 2}, 4); len(got) != 2 {
		t.Error(got)
	}
}
