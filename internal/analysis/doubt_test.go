package analysis

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

func objective(m v1alpha1.Metric) ([]experiment.Objective, error) {
	return experiment.ParseObjectives([]v1alpha1.Objective{{Metric: m, Below: "1s"}})
}

func TestDoubts(t *testing.T) {
	tests := []struct {
		name string
		rec  result.Record
		want string
	}{
		{"none", success(1000, 0), ""},
		{"warnings", with(success(1000, 0), func(r *result.Record) { r.Warnings = []string{"odd"} }), "odd"},
		{"few requests", success(999, 0), "fewer than 1000 requests: p99"},
		{"very few", success(199, 0), "fewer than 200 requests: p95 and p99"},
		{"silence", with(success(0, 0), silent), "no request completed"},
		{"outage", success(1000, 1000), "every request failed"},
		{"bucketed", with(success(1000, 0), bucketed), "bucketed, up to 5 % off"},
		{"edges", with(success(1000, 0), edge), "up to 2.5 % off"},
		{"busy on average", with(success(1000, 0), func(r *result.Record) { r.Observed.CPUMean = 71 }), "load generators were busy"},
		{"busy at times", with(success(1000, 0), func(r *result.Record) { r.Observed.CPUMax = 91 }), "load generators were busy"},
		{"short window", with(success(1000, 0), func(r *result.Record) { r.Measured.Duration = 9 }), "the window was 9 s, not the planned 10 s"},
		{"invalid rows are doubted too", with(with(success(1000, 0), edge), invalid), "up to 2.5 % off"},
		{"nothing to doubt without numbers", with(with(success(1, 0), edge), errored), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := &result.Run{Header: result.Header{Duration: 10, Keys: []matrix.Key{tt.rec.Key}}, Records: []result.Record{tt.rec}}
			got := strings.Join(Rows(run, nil)[0].Doubts, "; ")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("doubts = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLag: the instrument's own delay is held against the lowest bound that it is not small
// against: its p99 against the tail, its median against the middle.
func TestLag(t *testing.T) {
	for _, tt := range []struct {
		name string
		lag  *result.Lag
		slo  []string
		want string
	}{
		{"not known", nil, []string{"p95<1ms"}, ""},
		{"small", &result.Lag{P50: 1, P99: 5}, []string{"p95<50ms", "p50<10ms"}, ""},
		{"the tail", &result.Lag{P50: 1, P99: 5.1}, []string{"p99<1s", "p95<50ms", "p50<10ms"}, "p95 < 50ms"},
		{"the lowest", &result.Lag{P50: 1, P99: 50}, []string{"p99<90ms", "p95<50ms"}, "p95 < 50ms"},
		{"the middle", &result.Lag{P50: 1.1, P99: 5}, []string{"p95<50ms", "mean<10ms"}, "mean < 10ms"},
		{"no latency", &result.Lag{P50: 9, P99: 50}, []string{"failures<1%", "rps>1"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parsed, err := experiment.ParseSLO(tt.slo)
			if err != nil {
				t.Fatal(err)
			}
			slo, err := experiment.ParseObjectives(parsed)
			if err != nil {
				t.Fatal(err)
			}
			rec := with(success(10_000, 0), func(r *result.Record) { r.Observed.Lag = tt.lag })
			row := Rows(&result.Run{Header: result.Header{Keys: []matrix.Key{rec.Key}}, Records: []result.Record{rec}}, slo)[0]
			var want []string
			if tt.want != "" {
				want = []string{"the load workers' own delay was more than a tenth of the bound in " + tt.want + ": as much of a latency may be theirs"}
			}
			if diff := cmp.Diff(want, result.Texts(row.Findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(want) > 0 && (row.Findings[0].ID != "V10" || row.Findings[0].Invalid || !slices.Contains(row.Doubts, want[0])) {
				t.Errorf("%+v, doubts %q", row.Findings, row.Doubts)
			}
		})
	}
}

func TestEarlierAttempts(t *testing.T) {
	first := with(success(1000, 0), func(r *result.Record) {
		r.Status, r.Terminal, r.Reasons = result.Invalid, false, []string{"worker lost"}
	})
	second := with(success(1000, 0), func(r *result.Record) { r.Attempt = 2 })
	run := &result.Run{Header: result.Header{Keys: []matrix.Key{first.Key}}, Records: []result.Record{first, second}}
	if diff := cmp.Diff([]string{"an earlier attempt was INVALID: worker lost"}, Rows(run, nil)[0].Doubts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestName(t *testing.T) {
	rec := success(1000, 0)
	rec.Key.Workers = 0 // a foreign master's
	found := with(rec, func(r *result.Record) { r.Observed.Workers = 3 })
	later := with(rec, func(r *result.Record) { r.Key.Round = 2 })
	got := []string{Row{Record: &rec}.Name(), Row{Record: &found}.Name(), Row{Record: &later}.Name(), Row{Record: new(success(1, 0))}.Name()}
	want := []string{"1 replica, 200 users", "1 replica, 3 workers, 200 users", "1 replica, 200 users, round 2", "1 replica, 4 workers, 200 users"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
