package result

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// format1 is a journal that the last program of format 1 wrote.
func format1(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "format1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func encoded(t testing.TB, r *Run) []byte {
	t.Helper()
	text, err := Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func bound(text string) SLO {
	return SLO{
		Time: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC), Version: "v1", Gate: v1alpha1.GateAll,
		Objectives: []v1alpha1.Objective{{Metric: "p95", Below: v1alpha1.Bound(text)}},
	}
}

func added(replicas ...int) Amendment {
	a := &Scenarios{Time: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC), Version: "v1"}
	for _, n := range replicas {
		a.Planned = append(a.Planned, Planned{Key: matrix.Axes{Replicas: []int{n}, Workers: []int{4}, Users: []int{200}}.Keys()[0], Role: "sentinel"})
	}
	return Amendment{Scenarios: a}
}

// amendedRun has an amendment before, between and after its records.
func amendedRun() *Run {
	header, records := sample()
	first, second, last := bound("2s"), bound("3s"), added(7, 9)
	extra := Record{Key: added(9).Scenarios.Planned[0].Key, Role: "sentinel", Attempt: 1, Terminal: true, Status: Error, Reasons: []string{"no"}}
	last.After = 2
	return &Run{
		Header: header, Records: append(records, extra),
		Amendments: []Amendment{{SLO: &first}, last, {After: 4, SLO: &second}},
	}
}

func amended(t testing.TB) []byte { return encoded(t, amendedRun()) }

func TestAmendmentsRoundTrip(t *testing.T) {
	data := amended(t)
	got, err := DecodeJournal(data)
	if err != nil {
		t.Fatal(err)
	}
	want := amendedRun()
	want.Valid = int64(len(data))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(string(data), string(encoded(t, got))); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(bound("3s"), got.Judged()); diff != "" {
		t.Errorf("judged by (-want +got):\n%s", diff)
	}
	var rows []string
	for _, r := range slices.Concat(got.Rows(), got.Checks()) {
		rows = append(rows, r.Key.String()+" "+r.Role+" "+r.StatusText())
	}
	wantRows := []string{
		"1 replica, 4 workers, 200 users grid SKIPPED: interrupted while it was measured",
		"2 replicas, 4 workers, 200 users grid SUCCESS",
		"7 replicas, 4 workers, 200 users sentinel SKIPPED: not measured yet",
		"9 replicas, 4 workers, 200 users sentinel ERROR: no",
	}
	if diff := cmp.Diff(wantRows, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestAmendedTornAnywhere(t *testing.T) {
	data := amended(t)
	for cut := range data {
		run, err := DecodeJournal(data[:cut])
		whole := bytes.Count(data[:cut], []byte("\n"))
		if whole == 0 {
			if !errors.Is(err, ErrNoHeader) {
				t.Fatalf("cut at %d: error = %v, want ErrNoHeader", cut, err)
			}
			continue
		}
		if err != nil || len(run.Records)+len(run.Amendments) != whole-1 {
			t.Fatalf("cut at %d: %+v, error %v; want %d lines", cut, run, err, whole-1)
		}
	}
}

// TestFormat1 reads what is out there, writes it again byte for byte, and goes on with it.
func TestFormat1(t *testing.T) {
	data := format1(t)
	run, err := DecodeJournal(data)
	if err != nil {
		t.Fatal(err)
	}
	if run.Header.Format != 1 || len(run.Records) != 3 || run.Records[1].Measured.RPS != 114 || run.Header.Load != "" {
		t.Errorf("read %+v", run)
	}
	if diff := cmp.Diff(string(data), string(encoded(t, run))); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
	grown := bytes.Clone(data)
	write := func(lines []byte) error { grown = append(grown, lines...); return nil }
	l := ledgerOf(t, run)
	more := run.Records[2]
	more.Attempt, more.Terminal, more.Status = 2, true, Error
	slo := bound("9s")
	for _, err := range []error{l.Append(more, write), l.Amend(Amendment{SLO: &slo}, write), l.Amend(added(5), write)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	tail := strings.Split(strings.TrimSpace(string(grown[len(data):])), "\n")
	var kinds []string
	for _, line := range tail {
		kind, _, err := split([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, kind)
	}
	if diff := cmp.Diff([]string{"record", "upgrade", "slo", "scenarios"}, kinds); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	again, err := DecodeJournal(grown)
	if err != nil {
		t.Fatal(err)
	}
	if again.Judged().Objectives[0].Below != "9s" || len(again.Rows()) != 4 || len(again.Checks()) != 1 {
		t.Errorf("read %+v", again)
	}
}

func TestAmendmentDamage(t *testing.T) {
	head := strings.SplitAfter(string(journal(t)), "\n")[0]
	old := strings.Replace(head, `"format":4`, `"format":1`, 1)
	const slo, planned = `{"slo":{"gate":"all"}}` + "\n", `{"key":{"replicas":2,"workers":4,"users":200,"round":1},"role":"x"}`
	tests := []struct{ name, text, want string }{
		{"too new a kind", old + slo, "line 2: is of a kind that format 1 does not have"},
		{"format beyond us", old + `{"upgrade":{"format":5,"version":"v9"}}` + "\n", "line 2: has format 5, this program reads 1 to 4; use the release that wrote it (v9)"},
		{"an endpoint in too old a format", strings.Replace(head, `"format":4`, `"format":2`, 1) + `{"slo":{"gate":"all","objectives":[{"metric":"p95","endpoint":"GET x","below":"1s"}]}}` + "\n", "line 2: has an objective that format 2 does not have"},
		{"no upgrade at all", head + `{"upgrade":{"format":4,"version":"v9"}}` + "\n", "line 2: does not raise the format from 4"},
		{"unknown kind after an upgrade", old + `{"upgrade":{"format":2,"version":"v9"}}` + "\n" + `{"weather":1}` + "\n", "line 3: is of a kind that this program does not know, \"weather\"; use the release that wrote it (v9 or newer)"},
		{"planned twice", head + `{"scenarios":{"planned":[` + planned + "]}}\n", "line 2: adds a scenario that is planned already: 2 replicas"},
		{"no scenarios", head + `{"scenarios":{"planned":[]}}` + "\n", "line 2: adds no scenarios"},
		{"no role", head + `{"scenarios":{"planned":[` + strings.NewReplacer(`"replicas":2`, `"replicas":5`, `"x"`, `""`).Replace(planned) + "]}}\n", "line 2: adds a scenario without a role"},
		{
			"other role", head + `{"scenarios":{"planned":[` + strings.Replace(planned, `"replicas":2`, `"replicas":5`, 1) + "]}}\n" +
				`{"record":{"key":{"replicas":5,"workers":4,"users":200,"round":1},"role":"grid"}}` + "\n",
			`line 3: has the role "grid", its scenario "x"`,
		},
		{"record before its scenario", head + `{"record":{"key":{"replicas":5,"workers":4,"users":200,"round":1},"role":"x"}}` + "\n", "line 2: has a scenario that is not in the plan"},
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

// ledgerOf is the ledger of a place that holds a run; nil for an empty one.
func ledgerOf(t *testing.T, run *Run) *Ledger {
	t.Helper()
	var data []byte
	if run != nil {
		data = encoded(t, run)
	}
	l := &Ledger{}
	if _, err := l.Load(data); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLedgerRefuses: what could not be read back is not written.
func TestLedgerRefuses(t *testing.T) {
	header, records := sample()
	slo := bound("1s")
	begun := func() *Ledger { return ledgerOf(t, &Run{Header: header, Records: records}) }
	empty := func() *Ledger { return ledgerOf(t, nil) }
	none := func([]byte) error { t.Error("written"); return nil }
	broken := errors.New("disk full")
	fails := func([]byte) error { return broken }
	stranger := records[0]
	stranger.Key.Replicas = 9
	for name, err := range map[string]error{
		"a record before the header":    empty().Append(records[0], none),
		"an amendment before it":        empty().Amend(Amendment{SLO: &slo}, none),
		"a header of a place not seen":  new(Ledger).Begin(header, none),
		"a second header":               begun().Begin(header, none),
		"a second final record":         begun().Append(records[1], none),
		"a record of no scenario":       begun().Append(stranger, none),
		"an amendment of nothing":       begun().Amend(Amendment{}, none),
		"a scenario that is there":      begun().Amend(added(2), none),
		"a scenario twice":              begun().Amend(added(5, 5), none),
		"a header of a format to come":  empty().Begin(Header{Format: Format + 1}, none),
		"a header without a full order": empty().Begin(Header{Format: Format, Keys: header.Keys}, none),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	l := begun()
	if err := l.Amend(added(5), fails); !errors.Is(err, broken) {
		t.Errorf("error = %v", err)
	}
	if err := l.Amend(added(5), func([]byte) error { return nil }); err != nil {
		t.Errorf("after a failed write: %v", err)
	}
	if l.Open() != 2 {
		t.Errorf("%d scenarios are open, want 2", l.Open())
	}
}
