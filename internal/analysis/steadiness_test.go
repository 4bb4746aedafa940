package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

// changing is a record whose latencies, of 100 ms on average, are longer by a factor that depends
// on the second.
func changing(t *testing.T, seconds int, factor func(second float64) float64) result.Record {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(seconds), 7))
	b := stats.NewBatches(seconds)
	s := &result.Series{Start: 1000, Step: 1, Source: result.SeriesOfSlices, RPS: result.Column{1, 1, 1}, P50: result.Column{900, 900, 900}}
	for second := range seconds {
		h := stats.NewHistogram()
		for range 100 {
			h.Record(time.Duration(random.ExpFloat64() * factor(float64(second)) * float64(100*time.Millisecond)))
		}
		b.At(second).OK.Merge(h)
		s.RPS, s.P50 = append(s.RPS, 100), append(s.P50, result.Millis(h.Quantile(.5)))
	}
	return with(ofBatches(t, b), func(r *result.Record) {
		r.Measured.Start, r.Measured.Duration = time.Unix(1003, 0), float64(seconds)
		r.Series, r.Phases.Settle = s, 6.02
	})
}

// TestSteadiness: a window that was not steady is in doubt, and no less a measurement.
func TestSteadiness(t *testing.T) {
	even := func(float64) float64 { return 1 }
	for name, tt := range map[string]struct {
		rec    result.Record
		class  steady.Class // empty for not known
		warmUp int
		doubt  string
	}{
		"steady":        {changing(t, 60, even), steady.Steady, 0, ""},
		"warm-up":       {changing(t, 60, func(s float64) float64 { return 1 + 3*math.Exp(-s/6) }), steady.Warming, 20, "the first 20 s of the window were still warm-up: p95 is 420 ms with them and 316 ms without; a settle of 26s leaves them out"},
		"gets slower":   {changing(t, 60, func(s float64) float64 { return 1 + s/60 }), steady.Degrading, 0, "the window was not steady: from its beginning to its end p50 rose by 78 %"},
		"gets faster":   {changing(t, 60, func(s float64) float64 { return 2 - s/60 }), steady.Warming, 0, "the window was not steady: from its beginning to its end p50 fell by 53 %"},
		"slower, short": {changing(t, 20, func(s float64) float64 { return 1 + s/20 }), steady.Degrading, 0, "p50 rose by "},
		"too short":     {changing(t, 19, func(s float64) float64 { return 1 + s/19 }), "", 0, ""},
		"an old record": {with(changing(t, 60, even), func(r *result.Record) { r.Series = nil }), "", 0, ""},
		"Python Locust": {with(changing(t, 60, even), func(r *result.Record) { r.Series.Source = result.SeriesOfTotals }), "", 0, ""},
		"a gap":         {with(changing(t, 60, even), func(r *result.Record) { r.Series.RPS[9] = math.NaN() }), "", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run := &result.Run{Header: result.Header{Keys: []matrix.Key{tt.rec.Key}}, Records: []result.Record{tt.rec}}
			row := Rows(run, nil)[0]
			switch s := row.Steadiness; {
			case s == nil && tt.class != "":
				t.Errorf("not known, want %s", tt.class)
			case s != nil && (s.Class != tt.class || s.WarmUp != tt.warmUp):
				t.Errorf("%+v, want %q with %d s of warm-up", s, tt.class, tt.warmUp)
			}
			doubts := strings.Join(row.Doubts, "; ")
			if (tt.doubt == "") != (doubts == "") || !strings.Contains(doubts, tt.doubt) {
				t.Errorf("doubts %q, want %q", doubts, tt.doubt)
			}
			if found := slices.ContainsFunc(row.Findings, func(f result.Finding) bool { return f.ID == "V11" && !f.Invalid }); found != (tt.doubt != "") {
				t.Errorf("findings %+v", row.Findings)
			}
			if !row.Rankable() {
				t.Error("the row is no measurement any more")
			}
		})
	}
}
