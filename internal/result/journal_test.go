package result

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

func sample() (Header, []Record) {
	keys := matrix.Axes{Replicas: []int{1, 2}, Workers: []int{4}, Users: []int{200}}.Keys()
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	header := Header{
		Format: Format, RunID: "r1", Version: "v0", Created: at, Name: "inference", Engine: "swarm",
		Keys: keys, Order: []int{1, 0}, Duration: 120, Gate: v1alpha1.GateAnswer,
		SLO: []v1alpha1.Objective{{Metric: "p95", Below: "1s"}}, Identity: map[string]string{"a": "b"},
	}
	return header, []Record{
		{Key: keys[1], Role: RoleGrid, Attempt: 1, Status: Invalid, Reasons: []string{"worker lost", "users off"}, Started: at, Finished: at},
		{Key: keys[1], Role: RoleGrid, Attempt: 2, Terminal: true, Status: Success, Started: at, Finished: at, Measured: &Measured{Start: at, Requests: 3, RPS: 0.1}},
		{Key: keys[0], Role: RoleGrid, Attempt: 1, Status: Interrupted, Started: at, Finished: at},
	}
}

func journal(t testing.TB) []byte {
	t.Helper()
	header, records := sample()
	out, err := EncodeHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		b, err := EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	header, records := sample()
	data := journal(t)
	got, err := DecodeJournal(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Run{Header: header, Records: records, Valid: int64(len(data))}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTornAnywhere cuts the journal at every byte, as a kill may.
func TestTornAnywhere(t *testing.T) {
	data := journal(t)
	for cut := range data {
		run, err := DecodeJournal(data[:cut])
		whole := strings.Count(string(data[:cut]), "\n")
		if whole == 0 {
			if !errors.Is(err, ErrNoHeader) {
				t.Fatalf("cut at %d: error = %v, want ErrNoHeader", cut, err)
			}
			continue
		}
		if err != nil || len(run.Records) != whole-1 || int(run.Valid)+run.Torn != cut {
			t.Fatalf("cut at %d: %d records, %d bytes torn, error %v; want %d", cut, len(run.Records), run.Torn, err, whole-1)
		}
	}
}

func TestDamage(t *testing.T) {
	data := string(journal(t))
	lines := strings.SplitAfter(data, "\n")
	tests := []struct{ name, text, want string }{
		{"garbage in the middle", lines[0] + "garbage\n" + lines[1], "line 2"},
		{"two final records", data + lines[2], "line 5: is the second final record of 2 replicas, 4 workers, 200 users"},
		{"no header", lines[1], "is not a header"},
		{"two headers", lines[0] + lines[0], "line 2: is a second header"},
		{"future format", strings.Replace(lines[0], `"format":4`, `"format":5`, 1), "line 1: has format 5, this program reads 1 to 4; use the release that wrote it (v0)"},
		{"no format", strings.Replace(lines[0], `"format":4`, `"format":0`, 1), "has format 0"},
		{"somebody else's file", "seconds,users", "is not a header"},
		{"unknown kind", lines[0] + lines[1] + `{"weather":{}}` + "\n", `line 3: is of a kind that this program does not know, "weather"; use the release that wrote it (v0 or newer)`},
		{"two kinds", lines[0] + `{"record":{},"slo":{}}` + "\n", "line 2: has 2 kinds, must have one"},
		{"no kind", lines[0] + "{}\n", "line 2: has 0 kinds"},
		{"other case", lines[0] + strings.Replace(lines[1], `"record"`, `"Record"`, 1), `"Record"`},
		{"empty record", lines[0] + `{"record":null}` + "\n", "not in the plan"},
		{"empty amendment", lines[0] + `{"slo":null}` + "\n", "line 2: an amendment changes one thing"},
		{"unknown scenario", lines[0] + strings.Replace(lines[1], `"replicas":2`, `"replicas":3`, 1), "not in the plan"},
		{"a status of its own", lines[0] + strings.Replace(lines[2], `"SUCCESS"`, `"BANANA"`, 1), `line 2: has the status "BANANA", must be one of SUCCESS, INVALID, ERROR, SKIPPED, INTERRUPTED`},
		{"no status", lines[0] + strings.Replace(lines[2], `"SUCCESS"`, `""`, 1), `has the status ""`},
		{"in no calendar", withTime(lines[0], `"created":"`, "9999-12-31T23:59:59-12:00"), "line 1: was created at 9999-12-31 23:59:59"},
		{"a record in no calendar", lines[0] + withTime(lines[2], `"started":"`, "0000-01-01T00:00:00+12:00"), "line 2: is from 0000-01-01 00:00:00"},
		{"negative requests", lines[0] + strings.Replace(lines[2], `"requests":3`, `"requests":-3`, 1), "line 2: has a negative number of requests: -3"},
		{"negative samples", lines[0] + strings.Replace(lines[2], `"samples":0`, `"samples":-1`, 1), "has a negative number of samples: -1"},
		{"no attempt", lines[0] + strings.Replace(lines[2], `"attempt":2`, `"attempt":0`, 1), "has the attempt 0, they count from 1"},
		{"no numbers", lines[0] + strings.Replace(lines[1], `"INVALID"`, `"SUCCESS"`, 1), "is a success without numbers"},
		{"a final interruption", lines[0] + strings.Replace(lines[3], `"terminal":false`, `"terminal":true`, 1), "is INTERRUPTED and final"},
		{"slices elsewhere", lines[0] + strings.Replace(lines[1], `"engine":""`, `"engine":"","slices":"../x.hlog"`, 1), `has its slices in "../x.hlog", which is not in the run's folder`},
		{"order", strings.Replace(lines[0], "[1,0]", "[1,1]", 1), "order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DecodeJournal([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want it to hold %q", err, tt.want)
			}
		})
	}
}

// TestNegativeCounts finds every count of a record, wherever it is.
func TestNegativeCounts(t *testing.T) {
	flight := func(at int) *Flight {
		f := [4]int64{}
		f[at] = -1
		return &Flight{AtStart: f[0], Started: f[1], AtEnd: f[2], Unheard: f[3]}
	}
	for name, m := range map[string]Measured{
		"requests":                              {Requests: -1},
		"failures":                              {Failures: -1},
		"unsent requests":                       {Unsent: -1},
		"retries":                               {Retries: -1},
		"requests at the start":                 {Flight: flight(0)},
		"requests started":                      {Flight: flight(1)},
		"requests at the end":                   {Flight: flight(2)},
		"unheard requests":                      {Flight: flight(3)},
		"requests of task GET \"x\"":            {Endpoints: []EndpointResult{{Endpoint: stats.Endpoint{Method: "GET", Name: "x"}, Requests: -1}}},
		"failures of task GET \"x\"":            {Endpoints: []EndpointResult{{Endpoint: stats.Endpoint{Method: "GET", Name: "x"}, Failures: -1}}},
		"requests at the end of task GET \"x\"": {Endpoints: []EndpointResult{{Endpoint: stats.Endpoint{Method: "GET", Name: "x"}, Flight: flight(2)}}},
		"errors of task GET \"x\"":              {Errors: []ErrorCount{{Endpoint: stats.Endpoint{Method: "GET", Name: "x"}, Occurrences: -1}}},
	} {
		err := Record{Attempt: 1, Status: Success, Measured: &m}.check()
		if err == nil || !strings.Contains(err.Error(), "has a negative number of "+name+": -1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, o := range map[string]Observed{
		"samples": {Samples: -1}, "workers": {Workers: -1}, "users": {Users: -1}, "replicas": {Replicas: -1},
	} {
		if err := (Record{Attempt: 1, Status: Error, Observed: o}).check(); err == nil || !strings.Contains(err.Error(), "has a negative number of "+name+": -1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, m := range []Measured{{Duration: -1}, {RPS: -1}} {
		if err := (Record{Attempt: 1, Status: Success, Measured: &m}).check(); err == nil || !strings.Contains(err.Error(), "which cannot be") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestRows(t *testing.T) {
	run, err := DecodeJournal(journal(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range run.Rows() {
		got = append(got, r.StatusText())
	}
	if diff := cmp.Diff([]string{"SKIPPED: interrupted while it was measured", "SUCCESS"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := run.Records[0].StatusText(), "INVALID: worker lost; users off"; got != want {
		t.Errorf("StatusText = %q, want %q", got, want)
	}
}

// TestWhyMissing: whoever stops a run that cannot measure is told why it could not.
func TestWhyMissing(t *testing.T) {
	key := matrix.Key{Scenario: matrix.Scenario{Replicas: 1, Workers: 1, Users: 1}, Round: 1}
	stopped := Record{Key: key, Status: Interrupted, Reasons: []string{"interrupted"}}
	failed := func(why string) Record { return Record{Key: key, Status: Error, Reasons: []string{why}} }
	for _, tt := range []struct {
		attempts []Record
		want     string
	}{
		{nil, "SKIPPED: not measured yet"},
		{[]Record{stopped}, "SKIPPED: interrupted while it was measured"},
		{[]Record{failed("no pod"), failed("no image"), stopped}, "SKIPPED: interrupted while it was measured; the last attempt that ended was ERROR: no image"},
		{[]Record{failed("no pod"), failed("no image")}, "SKIPPED: not measured yet; the last attempt that ended was ERROR: no image"},
		{[]Record{{Key: matrix.Key{Round: 2}, Status: Error, Reasons: []string{"another's"}}, stopped}, "SKIPPED: interrupted while it was measured"},
	} {
		run := &Run{Header: Header{Keys: []matrix.Key{key}}, Records: tt.attempts}
		if got := run.Rows()[0].StatusText(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// FuzzDecodeJournal: whatever is accepted is written again as something that reads the same.
func FuzzDecodeJournal(f *testing.F) {
	f.Add(journal(f))
	f.Add(amended(f))
	f.Add(format1(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := DecodeJournal(data)
		if err != nil {
			return
		}
		for name, text := range map[string][]byte{"valid part": data[:run.Valid], "copy": encoded(t, run)} {
			again, err := DecodeJournal(text)
			if err != nil {
				t.Fatalf("the %s cannot be read: %v", name, err)
			}
			again.Valid, again.Torn = run.Valid, run.Torn
			if diff := cmp.Diff(run, again); diff != "" {
				t.Errorf("the %s reads differently:\n%s", name, diff)
			}
		}
	})
}

// withTime replaces the time that follows a name.
func withTime(line, name, by string) string {
	before, after, _ := strings.Cut(line, name)
	_, rest, _ := strings.Cut(after, `"`)
	return before + name + by + `"` + rest
}
