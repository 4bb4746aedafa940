package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCSVHeader(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, nil); err != nil {
		t.Fatal(err)
	}
	const want = "Replicas,Workers,Users,RPS,Median_ms,P95_ms,P99_ms,Failures_Pct,Total_Requests,Duration_s,Timestamp,Status\n"
	if b.String() != want {
		t.Errorf("header is %q", b.String())
	}
}

// TestCSVRoundTrip reads every case back, and writes it again to the same bytes.
func TestCSVRoundTrip(t *testing.T) {
	// Bounds in a range that follow from another replica count have a row, and no scenario.
	borrowed := map[string]int{"search-range-ended": 2}
	for name, s := range cases() {
		data := render(t, s)["auto_summary.csv"]
		rows, err := ReadCSV(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := len(s.run.Planned()) - len(s.run.Checks()) + borrowed[name]; len(rows) != want {
			t.Errorf("%s: %d rows, want %d", name, len(rows), want)
		}
		var again bytes.Buffer
		if err := WriteCSV(&again, rows); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(data), again.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCSVReadsOriginal: the script's own files can be compared with ours.
func TestCSVReadsOriginal(t *testing.T) {
	const text = "Replicas,Workers,Users,RPS,Median_ms,P95_ms,P99_ms,Failures_Pct,Total_Requests,Duration_s,Timestamp,Status\r\n" +
		"1,4,200,12.50,850,2500,3200,0.00,1500,120,2024-01-15T10:30:00,SUCCESS\r\n"
	rows, err := ReadCSV(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || *rows[0].RPS != 12.5 || *rows[0].P99 != 3200 || isoTime(rows[0].Timestamp) != "2024-01-15T10:30:00Z" {
		t.Errorf("rows = %+v", rows)
	}
}

func TestCSVErrors(t *testing.T) {
	head := strings.Join(csvHeader(), ",") + "\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", "is empty"},
		{"other header", strings.Replace(head, "P95_ms", "P90_ms", 1), "line 1: header is"},
		{"too few cells", head + "1,4\n", "wrong number of fields"},
		{"negative", head + "-1,4,200,,,,,,,,,SUCCESS\n", `line 2: Replicas is "-1"`},
		{"NaN", head + "1,4,200,NaN,,,,,,,,SUCCESS\n", `RPS is "NaN"`},
		{"fraction of a ms", head + "1,4,200,1.00,1.5,,,,,,,SUCCESS\n", `Median_ms is "1.5"`},
		{"time", head + "1,4,200,,,,,,,,yesterday,SUCCESS\n", `Timestamp is "yesterday"`},
		{"status", head + "1,4,200,,,,,,,,,FINE\n", `Status is "FINE"`},
		{"quote", head + "1,4,200,,,,,,,,,\"SUCCESS\n", "quote"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadCSV(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want it to hold %q", err, tt.want)
			}
		})
	}
}

// TestCSVInjection: no cell of any case can be taken for a formula, and a row is one line.
func TestCSVInjection(t *testing.T) {
	for name, s := range cases() {
		data := render(t, s)["auto_summary.csv"]
		records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(data, []byte("\n")); lines != len(records) || bytes.ContainsAny(data, "\r\t\x1b") {
			t.Errorf("%s: %d lines for %d records", name, lines, len(records))
		}
		for _, cell := range records[1:] {
			for _, c := range cell {
				if strings.IndexAny(c, "=+-@") == 0 {
					t.Errorf("%s: cell %q may be run as a formula", name, c)
				}
			}
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range cases() {
		m, err := New(&s.run)
		if err != nil {
			f.Fatal(err)
		}
		var b bytes.Buffer
		if err := CSV(&b, m); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ReadCSV(bytes.NewReader(data))
		if err != nil {
			return
		}
		canonical := rewrite(t, rows)
		again, err := ReadCSV(bytes.NewReader(canonical))
		if err != nil {
			t.Fatalf("what was read cannot be written: %v\n%s", err, canonical)
		}
		// The first write rounds to the format's decimals; after that nothing changes.
		if diff := cmp.Diff(string(canonical), string(rewrite(t, again))); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
		for i := range rows {
			if rows[i].RPS != nil && math.Abs(*rows[i].RPS-*again[i].RPS) > .0051+*rows[i].RPS*1e-12 {
				t.Errorf("RPS %v became %v", *rows[i].RPS, *again[i].RPS)
			}
		}
	})
}

func rewrite(t *testing.T, rows []CSVRow) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteCSV(&b, rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
