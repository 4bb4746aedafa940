package page

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestAnswers pins what the page says first, of every run of the reports' tests.
func TestAnswers(t *testing.T) {
	var out bytes.Buffer
	for _, name := range cases(t) {
		d := New(modelOf(t, name), "")
		fmt.Fprintf(&out, "%s\n  %s\n", name, d.Answer.Title)
		for _, l := range d.Answer.Lines {
			fmt.Fprintf(&out, "  %s: %s (%s) %v\n", l.State, l.Text, l.Why, l.BackedBy)
			if l.Doubt != "" {
				fmt.Fprintf(&out, "    %s\n", l.Doubt)
			}
		}
		fmt.Fprintf(&out, "  gate %s: %s\n  %s\n", d.Answer.Gate.State, d.Answer.Gate.Text, d.Answer.Spent)
		if d.Run.Unfinished != "" {
			fmt.Fprintf(&out, "  unfinished: %s\n", d.Run.Unfinished)
		}
		for _, s := range d.Answer.Load.Steps {
			fmt.Fprintf(&out, "  %d < users <= %d: %s%s\n", s.From, s.To, s.Text, map[bool]string{true: ", in doubt"}[s.Doubtful])
		}
	}
	golden(t, "answers.txt", out.Bytes())
}

// TestValues: what a metric of the SLO shows of rows that pass, fail, and of which the value has
// no bounds.
func TestValues(t *testing.T) {
	d := New(modelOf(t, "fast-failures"), "")
	if m := d.Metrics[0]; m.ID != "p95" || m.Bound == nil || *m.Bound != 800 || m.BoundText != "800ms" || !m.Less {
		t.Errorf("the first metric is %+v", m)
	}
	var got []Value
	for _, r := range d.Rows {
		got = append(got, *r.Values[0])
	}
	want := []Value{
		{V: 800, Text: "> 800", Heat: new(1.)},
		{V: 957.265, Text: "957", Heat: new(.13)},
		{V: 708.041, Text: "708", Heat: new(-.09)},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return a-b < 1 && b-a < 1 })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSharedNote: a note that stands for rows with other figures says whose they are.
func TestSharedNote(t *testing.T) {
	run := wholeRun(t, 6, 60)
	for i := range run.Records[:2] {
		run.Records[i].Warnings = []string{fmt.Sprintf("worker w%d stood still for 0.%d s of 30 s", i, i+1)}
	}
	d := New(modelOfRun(t, run), "")
	want := Note{"Worker w0 stood still for 0.1 s of 30 s (the figures are those of 1 replica, 4 workers, 100 users)", []int{0, 1}}
	for _, n := range d.Doubts.Notes {
		if cmp.Equal(want, n) {
			return
		}
	}
	t.Errorf("no note %+v in %+v", want, d.Doubts.Notes)
}

func TestCapital(t *testing.T) {
	for text, want := range map[string]string{"": "", "the gate": "The gate", "p95 is": "p95 is", "écoute": "Écoute", "🐘": "🐘", "x": "X"} {
		if got := report.Capital(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestStepShowsWhatPasses: of several rounds a step shows one that passes.
func TestStepShowsWhatPasses(t *testing.T) {
	run := wholeRun(t, 6, 60)
	first := run.Records[0]
	again := first
	again.Key.Round = 2
	run.Header.Keys, run.Header.Order = append(run.Header.Keys[:1], again.Key), []int{0, 1}
	first.Status, first.Reasons = result.Invalid, []string{"worker lost"}
	run.Records = []result.Record{first, again}
	steps := New(modelOfRun(t, run), "").Answer.Load.Steps
	if len(steps) != 1 || steps[0].Row == nil || *steps[0].Row != 1 {
		t.Errorf("%+v", steps)
	}
}
