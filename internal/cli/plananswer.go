package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// plannedAnswer is what an answer takes, in a plan's JSON.
type plannedAnswer struct {
	Answer    v1alpha1.Answer `json:"answer"`
	Asked     bool            `json:"asked"`
	Scenarios int             `json:"scenarios"`
	Worst     int             `json:"scenarios_at_worst"`
	Time      float64         `json:"total_s"`
	WorstTime float64         `json:"total_at_worst_s"`
}

func plannedAnswers(exp *experiment.Experiment) []plannedAnswer {
	var out []plannedAnswer
	for _, c := range run.Costs(exp) {
		out = append(out, plannedAnswer{
			c.Answer, c.Answer == exp.LoadMatrix.Spec.Answer, c.Scenarios, c.Worst, c.Time.Seconds(), c.WorstTime.Seconds(),
		})
	}
	return out
}

// printCosts shows, in place of a list of scenarios that nobody knows yet, what a search and
// its alternatives take.
func printCosts(w io.Writer, exp *experiment.Experiment) error {
	s := exp.LoadMatrix.Spec
	_, _ = fmt.Fprintf(w, "a search over replicas %s × users %s, with %s\n\n",
		commas(s.Matrix.Replicas), usersText(s.Matrix.Users), workersOf(exp))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ANSWER\tSCENARIOS\tTIME\tAT WORST\tTIME AT WORST\t")
	for _, c := range run.Costs(exp) {
		mark := ""
		if c.Answer == s.Answer {
			mark = "asked for"
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%v\t%d\t%v\t%s\n", c.Answer, c.Scenarios, c.Time.Round(time.Second), c.Worst, c.WorstTime.Round(time.Second), mark)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nif every first attempt is valid; at worst every call is close and is repeated%s\n", limits(s))
	if first, ok := run.First(exp); ok {
		t := exp.Planned(first.Key).Time
		_, err = fmt.Fprintf(w, "first comes %v: settle %v, measure %s\n", first.Key, t.Settle, most(exp, t.Measure))
	}
	return err
}

// workersOf is with how many workers a search measures.
func workersOf(exp *experiment.Experiment) string {
	if exp.WorkersAsFound() {
		return "as many workers as are found"
	}
	return matrix.Count(slices.Max(exp.LoadMatrix.Spec.Matrix.Workers), "worker")
}

// usersText is the axis for a plan.
func usersText(u v1alpha1.Users) string {
	if r := u.Range; r != nil {
		return fmt.Sprintf("%d to %d within %s", r.From, r.To, r.Within)
	}
	return commas(u.List)
}

// limits says what the run may not exceed.
func limits(s v1alpha1.LoadMatrixSpec) (text string) {
	if b := s.Budget.Duration; b > 0 {
		text += fmt.Sprintf("; it ends after %v of load", b)
	}
	if m := s.MaxTime.Duration; m > 0 {
		text += fmt.Sprintf("; it ends after %v", m)
	}
	return text
}

func commas(list []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ", "), "[]")
}
