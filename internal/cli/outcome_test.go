package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestOutcome: trouble is one line, with the last one of a traceback, and is repeated only
// if it differs.
func TestOutcome(t *testing.T) {
	ended := func(name, words string) string {
		return name + " ended; its output ends with:\nTraceback\n  File x\n" + words
	}
	served := &result.Measured{Requests: 10, RPS: 5, Latency: result.Latency{P50: 1, P95: 2, P99: 3}}
	var got []string
	p := &lineProgress{}
	for _, e := range []struct {
		status   result.Status
		reason   string
		terminal bool
		message  string
	}{
		{result.Error, ended("master-0001", "no module"), false, ""},
		{result.Error, ended("master-0007", "no module"), true, ""},
		{result.Error, ended("master-0012", "no module"), false, "this ends the run"},
		{result.Error, ended("master-0013", "no file"), true, ""},
		{result.Success, "", true, ""},
		{result.Error, ended("master-0014", "no file"), true, ""},
		{result.Invalid, "worker lost: a", true, ""},
		{result.Interrupted, "interrupted", false, ""},
	} {
		rec := result.Record{Status: e.status, Terminal: e.terminal}
		if e.reason != "" {
			rec.Reasons = []string{e.reason}
		}
		if e.status == result.Success {
			rec.Measured = served
		}
		got = append(got, p.outcome(run.Event{Record: &rec, Message: e.message}))
	}
	want := []string{
		"ERROR: master-0001 ended; its output ends with: … no module; to be tried again",
		"ERROR, as before",
		"ERROR: master-0012 ended; its output ends with: … no module; this ends the run",
		"ERROR: master-0013 ended; its output ends with: … no file",
		"0.00 % failed, 5.00 req/s, p50 1 ms, p95 2 ms, p99 3 ms",
		"ERROR: master-0014 ended; its output ends with: … no file",
		"INVALID: worker lost: a",
		"interrupted; the scenario is measured again when the run is continued, and this attempt is not counted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
