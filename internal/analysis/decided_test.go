package analysis

import (
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// decidedAs is a record whose window was ended by a decision on one objective.
func decidedAs(rec result.Record, decision, objective string) result.Record {
	m := *rec.Measured
	m.Stopped = &result.Stopped{
		Decision: decision, After: 30,
		Objectives: []result.Decided{{Objective: objective, Decision: decision, After: 30, Low: .011, High: .032}},
	}
	rec.Measured = &m
	return rec
}

// TestDecisionStands: what ended a window is the verdict, also where its interval would be too
// close to call. It is about that objective only: another SLO is judged by the interval.
func TestDecisionStands(t *testing.T) {
	near := batched(t, 300, 100*time.Millisecond, 0) // p95 is about 300 ms
	for name, tt := range map[string]struct {
		decision, decided, judged string
		want                      Verdict
		text                      string
	}{
		"passed":        {"pass", "p95 < 300ms", "p95 < 300ms", Pass, "p95 < 300ms was decided after 30 s: 1.1 % to 3.2 % of requests failed or were slow, fewer than the 5 % that it allows"},
		"failed":        {"fail", "p95 < 300ms", "p95 < 300ms", Fail, "more than the 5 % that it allows"},
		"another bound": {"pass", "p95 < 290ms", "p95 < 300ms", Borderline, "too close to 300ms to call"},
		"another task":  {"pass", "p95 of GET / < 300ms", "p95 < 300ms", Borderline, "too close to 300ms to call"},
		"its task":      {"pass", "p95 of GET / < 300ms", "p95 of GET / < 300ms", Pass, "p95 of GET / < 300ms was decided after 30 s"},
		"by far":        {"pass", "p95 < 900ms", "p95 < 900ms", Pass, "p95 is "},
		"undecided":     {"pass", "p95 of GET /b < 1s", "p95 of GET /b < 1s", NoData, "cannot be decided: the record has nothing of GET /b"},
	} {
		t.Run(name, func(t *testing.T) {
			j := Judge(decidedAs(near, tt.decision, tt.decided), slo(t, tt.judged))
			if o := j.Outcomes[0]; j.Verdict != tt.want || !strings.Contains(o.Text, tt.text) || o.Longer != 0 && tt.want != Borderline {
				t.Errorf("%s: %s (longer %v), want %s: %s", j.Verdict, o.Text, o.Longer, tt.want, tt.text)
			}
		})
	}
}

// TestLongerWindowOfAuto: what is still too close to call asks for a longer window by the flag
// that such a window has.
func TestLongerWindowOfAuto(t *testing.T) {
	rec := batched(t, 300, 100*time.Millisecond, 0)
	if got := (Row{Record: &rec}).WindowFlag(90 * time.Second); got != "--duration 90s" {
		t.Errorf("of a fixed window %s", got)
	}
	row := Row{Record: new(decidedAs(rec, "open", ""))}
	short := row.Settles(Outcome{Borderline: true, Longer: 2})
	row.Record.Measured.Stopped.WarmUp = 20
	if got := row.Settles(Outcome{Borderline: true, Longer: 2}); got != short+20*time.Second {
		t.Errorf("with 20 s of warm-up %v would tell, without %v", got, short)
	}
	if got := (Row{Record: new(decidedAs(rec, "open", ""))}).WindowFlag(90 * time.Second); got != "--max-duration 90s" {
		t.Errorf("of a window of duration auto %s", got)
	}
}

// TestUnsettled: that a window never came to its steady state is in doubt, once.
func TestUnsettled(t *testing.T) {
	rec := decidedAs(success(1000, 0), "open", "")
	for _, unsettled := range []bool{false, true} {
		rec.Measured.Stopped.Unsettled = unsettled
		row := Rows(&result.Run{Header: result.Header{Keys: []matrix.Key{rec.Key}}, Records: []result.Record{rec}}, slo(t, "p95 < 1s"))[0]
		said := strings.Count(strings.Join(row.Doubts, "\n"), "no end of the warm-up was found")
		if (said == 1) != unsettled {
			t.Errorf("unsettled %v: doubts %q", unsettled, row.Doubts)
		}
	}
}

// TestEndedEarlyIsNotShort: a window that was decided is as long as planned.
func TestEndedEarlyIsNotShort(t *testing.T) {
	for decision, want := range map[string]bool{"pass": false, "fail": false, "open": true} {
		rec := decidedAs(batched(t, 3000, 100*time.Millisecond, 0), decision, "p95 < 900ms")
		doubts := strings.Join(result.Texts(instrumentDoubts(rec.Measured, rec.Observed, 180)), "; ")
		if got := strings.Contains(doubts, "not the planned 180 s"); got != want {
			t.Errorf("%s: doubts %q", decision, doubts)
		}
	}
	rec := decidedAs(batched(t, 3000, 100*time.Millisecond, 0), "open", "p95 < 900ms")
	rec.Measured.Stopped.WarmUp = 150 // and 30 s that followed
	if doubts := instrumentDoubts(rec.Measured, rec.Observed, 180); len(doubts) > 0 {
		t.Errorf("a whole window with a warm-up: doubts %v", doubts)
	}
}
