package analysis

import (
	"fmt"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// The exit codes of a run that ended by itself; 0 is the best of them.
const (
	// ExitUnmeasured: a scenario was not measured; or there is no SLO, and every request failed.
	ExitUnmeasured = 1
	// ExitMissed: the gate was missed.
	ExitMissed = 3
	// ExitClose: nothing was missed, and what the gate needs is too close to call.
	ExitClose = 5
)

// GateResult is whether the run may count as good for whoever waits on its exit code. Machines
// read it in summary.json and in the last event.
type GateResult struct {
	Gate v1alpha1.Gate `json:"gate"`
	// Missed asks for exit code ExitMissed, Close for ExitClose. At most one of them is set.
	Missed bool `json:"missed"`
	Close  bool `json:"borderline"`
	// Measured says that the gate was missed because of what was measured, and not only for
	// lack of data.
	Measured bool `json:"-"`
	// Sentence says why, or that it was met; empty when there is nothing to judge the run by.
	Sentence string `json:"sentence"`
}

// Gate compares the judged rows with the gate. Missing data misses it, as a failure does: a
// gate that has not seen the load pass must not open. Without an SLO, or with the gate off,
// nothing is missed.
func Gate(gate v1alpha1.Gate, slo []experiment.Objective, rows []Row) GateResult {
	res := GateResult{Gate: gate}
	if len(slo) == 0 || gate == v1alpha1.GateOff {
		return res
	}
	failed, noData, close, open := gateMisses(gate, rows)
	res.Missed = failed != "" || noData != ""
	res.Close = !res.Missed && (close != "" || open != "")
	res.Measured = failed != ""
	choice := len(axis(rows, replicasOf)) > 1
	switch {
	case res.Missed:
		res.Sentence = "the gate is missed: " + gateMissed(gate, choice, failed, noData)
	case res.Close && open != "":
		res.Sentence = "the gate is open: not established: " + open
	case res.Close:
		res.Sentence = "the gate is open: too close to call: " + close + settling(rows, stillOpen(gate, rows))
	default:
		res.Sentence = "the gate is met: " + gateMet(gate, choice, rows)
	}
	return res
}

// Exit is the exit code that the gate asks for.
func (g GateResult) Exit() int {
	switch {
	case g.Missed:
		return ExitMissed
	case g.Close:
		return ExitClose
	}
	return 0
}

// Exit is the exit code of a run that ended by itself. A gate missed because of what was measured
// comes first; one missed for lack of data comes after scenarios that could not be measured.
// Without an SLO only the requests themselves show that the load was served: if none
// succeeded in any scenario, the run has failed.
func Exit(run *result.Run, gate GateResult, rows []Row) int {
	if gate.Measured {
		return ExitMissed
	}
	for _, r := range rows {
		if r.Record.Status != result.Success && !r.Inferred() && !r.NotReached() {
			return ExitUnmeasured
		}
	}
	if code := gate.Exit(); code != 0 {
		return code
	}
	if run.Ended() != nil {
		return ExitClose
	}
	if len(run.Judged().Objectives) == 0 && !run.Served() {
		return ExitUnmeasured
	}
	return 0
}

// stillOpen tells which rows a longer window of may close the gate.
func stillOpen(gate v1alpha1.Gate, rows []Row) func(Row) bool {
	closed := map[int]bool{}
	for _, d := range Demands(rows) {
		closed[d.Users] = d.Replicas > 0 && gate != v1alpha1.GateAll
	}
	return func(r Row) bool { return !closed[usersOf(r)] }
}

// settling says what to run to settle what is too close to call.
func settling(rows []Row, open func(Row) bool) string {
	var longest time.Duration
	var flag string
	for _, r := range rows {
		if r.Judgement.Verdict != Borderline || !open(r) {
			continue
		}
		d := r.Settle()
		if d == 0 {
			return "; no longer window is likely to tell, since the values are at their bounds: change a bound or the load"
		}
		if d > longest {
			longest, flag = d, r.WindowFlag(d)
		}
	}
	return "; measure these again with " + flag
}

// Objectives writes an SLO on one line: "p95 < 800ms, failures < 1%".
func Objectives(slo []experiment.Objective) string {
	parts := make([]string, len(slo))
	for i, o := range slo {
		parts[i] = o.String()
	}
	return strings.Join(parts, ", ")
}

// gateMisses names what failed, what was not seen, what is too close to call and what the run
// did not come to: user counts or scenarios.
func gateMisses(gate v1alpha1.Gate, rows []Row) (failed, noData, close, open string) {
	if gate == v1alpha1.GateAll {
		seen := keepRows(rows, func(r Row) bool { return r.Known == nil || r.Record.Status != result.Skipped })
		left := keepRows(rows, Row.NotReached)
		return some(names(seen, Fail)), some(names(seen, NoData)), some(names(seen, Borderline)), some(names(left, NoData))
	}
	var without, unseen, between, ahead []int
	for _, d := range Demands(rows) {
		switch {
		case d.Replicas > 0:
		case len(d.Open) > 0:
			ahead = append(ahead, d.Users)
		case len(d.Close) > 0:
			between = append(between, d.Users)
		case len(d.NoData) == 0:
			without = append(without, d.Users)
		default:
			unseen = append(unseen, d.Users)
		}
	}
	return users(without), users(unseen), users(between), users(ahead)
}

func names(rows []Row, v Verdict) []string {
	var out []string
	for _, r := range rows {
		if r.Judgement.Verdict == v || v == Fail && r.Judgement.Verdict == Pass && r.Efficient.Missed() {
			out = append(out, r.Name())
		}
	}
	return out
}

func users(ns []int) string {
	if len(ns) == 0 {
		return ""
	}
	return counts(ns, "user")
}

// gateMet says what passes. choice tells whether there are several replica counts.
func gateMet(gate v1alpha1.Gate, choice bool, rows []Row) string {
	switch {
	case gate == v1alpha1.GateAll:
		return "every scenario passes"
	case len(askedAbout(rows)) < len(rows):
		return "the fewest users of the range pass"
	case choice:
		return "for every user count some replica count passes"
	}
	return "every user count passes"
}

func gateMissed(gate v1alpha1.Gate, choice bool, failed, noData string) string {
	var parts []string
	switch {
	case failed == "":
	case gate == v1alpha1.GateAll:
		parts = append(parts, "not every scenario passes, not "+failed)
	case choice:
		parts = append(parts, "no replica count passes for "+failed)
	default:
		parts = append(parts, "not passed with "+failed)
	}
	if noData != "" {
		parts = append(parts, "not shown, for lack of data: "+noData)
	}
	return strings.Join(parts, "; ")
}

// some joins names; of many, only the first ones.
func some(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(names[:most], "; "), len(names)-most)
}
