package analysis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// used gives rows a rate of 10 a second and user up to 100 a replica, and pods that use 1 % of
// the CPU that they request for each.
func used(rows []Row) []Row {
	for i := range rows {
		r := rows[i].Record
		replicas := float64(r.Key.Replicas)
		rps := min(10*float64(r.Key.Users), 100*replicas)
		r.Measured = &result.Measured{Requests: int64(60 * rps), Duration: 60, RPS: rps, Latency: result.Latency{P95: 1000 / replicas}}
		r.Observed.TargetUsage = &result.Usage{CPUCores: rps / 100, CPURequests: new(replicas)}
	}
	return rows
}

// passesHere is a target whose replicas serve 10 users each.
func passesHere() []Row {
	return used(grid("1 4 5: P", "2 4 5: P", "4 4 5: P", "1 4 10: P", "2 4 10: P", "4 4 10: P", "1 4 20: F", "2 4 20: P", "4 4 20: P", "1 4 40: F", "2 4 40: F", "4 4 40: P", "4 4 80: F"))
}

func propose(rows []Row, records ...result.Record) string {
	s, why := Autoscale(&result.Run{Records: records}, rows)
	if s == nil {
		return "none: " + why
	}
	text := fmt.Sprintf("%d to %d", s.Min(), s.Max())
	if s.CPU != nil {
		text += fmt.Sprintf(", CPU %.2f of %s", s.CPU.Target(), s.CPU.At)
	} else {
		text += ", no CPU: " + s.NoCPU
	}
	if s.Rate != nil {
		text += fmt.Sprintf(", rate %.0f of %s", s.Rate.Target(), s.Rate.At)
	}
	return text
}

func TestAutoscale(t *testing.T) {
	change := func(rows []Row, change func(r *Row)) []Row {
		for i := range rows {
			change(&rows[i])
		}
		return rows
	}
	// cpu sets what the pods of some cells use.
	cpu := func(rows []Row, cores map[string]float64) []Row {
		return change(rows, func(r *Row) {
			k := r.Record.Key
			if v, ok := cores[fmt.Sprintf("%d×%d", k.Replicas, k.Users)]; ok {
				r.Record.Observed.TargetUsage = &result.Usage{CPUCores: v, CPURequests: new(float64(k.Replicas))}
			}
		})
	}
	const none = "none: all loads that pass need the same number of replicas"
	for _, tt := range []struct {
		name string
		rows []Row
		want string
	}{
		// Nothing that passes used less than all of its 100 requests/s and pod, as what fails did.
		{"full pods fail and pass alike", passesHere(), "2 to 4, CPU 0.42 of 1 replica, 5 users, rate 42 of 1 replica, 5 users"},
		{"those that fail used more", cpu(passesHere(), map[string]float64{"1×20": 1.2, "1×40": 1.2, "2×40": 2.4, "4×80": 4.8}), "2 to 4, CPU 0.83 of 1 replica, 10 users, rate 42 of 1 replica, 5 users"},
		{"another bottleneck", cpu(passesHere(), map[string]float64{"1×20": 1.2, "1×40": 1.2, "2×40": .9, "4×80": 4.8}), "2 to 4, CPU 0.21 of 2 replicas, 5 users, rate 42 of 1 replica, 5 users"},
		{"usage unknown", change(passesHere(), func(r *Row) { r.Record.Observed.TargetUsage = &result.Usage{Unavailable: "forbidden"} }), "2 to 4, no CPU: what the target used is not known (forbidden), rate 42 of 1 replica, 5 users"},
		{"no requests", change(passesHere(), func(r *Row) { r.Record.Observed.TargetUsage.CPURequests = nil }), "2 to 4, no CPU: not every container of the target requests CPU, or what they request is not known, rate 42 of 1 replica, 5 users"},
		{"no replica to lose", used(grid("2 4 20: P", "4 4 20: P", "2 4 40: F", "4 4 40: P")), "2 to 4, CPU 0.42 of 4 replicas, 20 users, rate 42 of 4 replicas, 20 users"},
		{"one to lose leaves nothing to scale", used(grid("1 4 5: P", "2 4 5: P", "1 4 10: F", "2 4 10: P")), "1 to 2, CPU 0.42 of 1 replica, 5 users, rate 42 of 1 replica, 5 users"},
		{"the same for all", used(grid("1 4 5: P", "2 4 5: P")), none},
		{"too close to call", used(grid("1 4 5: P", "1 4 10: B", "2 4 10: B")), none},
		{"a round fails", used(grid("1 4 5: PP", "2 4 10: PF")), none},
		{"the larger worker count fails", used(grid("1 8 5: P", "2 8 10: F", "2 4 10: P")), none},
		{"more pass with fewer", used(grid("1 4 5: F", "2 4 5: P", "1 4 10: P")), "none: fewer replicas pass with more users"},
		{"nothing passes", used(grid("1 4 5: F", "2 4 5: B")), "none: no measured scenario passes the SLO"},
		{"not measured", grid("1 4 5: P", "2 4 10: P"), "none: no measured scenario passes the SLO"},
		{"invalid", change(passesHere(), func(r *Row) { r.Record.Status = result.Invalid }), "none: no measured scenario passes the SLO"},
		{"no SLO", change(passesHere(), func(r *Row) { r.Judgement = Judgement{} }), "none: there is no SLO"},
	} {
		if got := propose(tt.rows); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestUnreachedIsNoCapacity: a target that was down says nothing about what a pod can carry.
func TestUnreachedIsNoCapacity(t *testing.T) {
	rows := used(grid("1 4 5: P", "2 4 10: P", "2 4 20: F"))
	m := rows[2].Record.Measured
	m.RPS, m.Failures = 1, m.Requests-1
	m.Errors = []result.ErrorCount{{Error: "connection refused", Occurrences: m.Failures}}
	rows[2].Record.Observed.TargetUsage.CPUCores = .01
	const want = "1 to 2, CPU 0.42 of 1 replica, 5 users"
	if got := propose(rows); !strings.HasPrefix(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestInferredIsNoProof: what only follows from other cells backs no number.
func TestInferredIsNoProof(t *testing.T) {
	rows := used(grid("1 4 5: P", "2 4 5: P", "1 4 10: F", "2 4 10: P"))
	if got := propose(rows); !strings.HasPrefix(got, "1 to 2") {
		t.Errorf("with all measured: %s", got)
	}
	last := &rows[3]
	last.Record.Status, last.Record.Measured = result.Skipped, nil
	last.Judgement = Judgement{}
	last.Known = &Known{Verdict: Pass, Inferred: true}
	if got := propose(rows); !strings.HasPrefix(got, "none: all loads that pass need the same") {
		t.Errorf("with one inferred: %s", got)
	}
}

func TestUnproven(t *testing.T) {
	up := func(s float64) result.Record {
		return result.Record{ScaleUp: &result.ScaleUp{From: 1, To: 4, Routed: &s}}
	}
	s, _ := Autoscale(&result.Run{Records: []result.Record{up(7), {}, up(12), up(9)}}, passesHere())
	if s.Startup == nil || s.Startup.Useful() != 12 || s.Startup.Warming != nil {
		t.Errorf("slowest %+v, want 12 s", s.Startup)
	}
	for _, want := range []string{
		"maxReplicas: fewer may do for 40 users, since 3 was not shown to fail.",
		"No number of replicas was shown to pass with 80 users.",
		"At 40 users the target asks for about 10 replicas, more than maxReplicas",
		"first good answer and to full speed is not known",
	} {
		if !strings.Contains(strings.Join(s.Unproven, "\n"), want) {
			t.Errorf("it does not say %q but\n%s", want, strings.Join(s.Unproven, "\n"))
		}
	}
	s, _ = Autoscale(&result.Run{}, used(grid("1 4 5: P", "2 4 10: P", "1 4 10: -")))
	all := strings.Join(append(s.Unproven, s.Doubts...), "\n")
	for _, want := range []string{"No load was too heavy", "the target was not scaled up in this run", "10 users: fewer may do: no data for 1 replica"} {
		if !strings.Contains(all, want) {
			t.Errorf("it does not say %q but\n%s", want, all)
		}
	}
}

// TestCosts: 2 replicas at 0.12 that serve 100 requests a second give a million in 5.56
// pod-hours. What does not pass, and what was not measured, has no price.
func TestCosts(t *testing.T) {
	rows := used(grid("1 4 5: P", "1 4 10: P", "2 4 10: P", "4 4 10: P", "1 4 20: F", "2 4 20: B", "4 4 20: -"))
	rows[2].Record.Measured.Failures = rows[2].Record.Measured.Requests / 2 // it must count only what succeeds
	var got []string
	for _, c := range Costs(rows, v1alpha1.Pricing{PodHour: .12, Currency: "EUR"}) {
		got = append(got, fmt.Sprintf("%s: %.2f h, %.2f, %.3f, p95 %.0f, %v %v", c.Row.Name(), c.PodHours, c.PerHour, c.PerMillion, c.P95(), c.Front, c.Answer))
	}
	want := []string{
		"1 replica, 4 workers, 5 users: 5.56 h, 0.12, 0.667, p95 1000, false true",
		"1 replica, 4 workers, 10 users: 2.78 h, 0.12, 0.333, p95 1000, true true",
		"2 replicas, 4 workers, 10 users: 11.11 h, 0.24, 1.333, p95 500, false false",
		"4 replicas, 4 workers, 10 users: 11.11 h, 0.48, 1.333, p95 250, true false",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
