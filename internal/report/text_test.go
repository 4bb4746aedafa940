package report

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

func TestEscape(t *testing.T) {
	tests := []struct{ in, want string }{
		{"21.23 RPS with 4 replicas", "21.23 RPS with 4 replicas"},
		{"a | b\nc", `a \| b c`},
		{"`rm`", "\\`rm\\`"},
		{"<b>&amp;", `\<b\>\&amp;`},
		{"*x* _y_ ~z~ $1$ [l](u) #1", `\*x\* \_y\_ \~z\~ \$1\$ \[l\](u) \#1`},
		{`\|`, `\\\|`},
		{"- item", `\- item`},
		{"-1", "-1"},
		{"-", `\-`},
		{"1. item", `1\. item`},
		{"12) item", `12\) item`},
		{"1.5", "1.5"},
		{"# head", `\# head`},
		{"", ""},
	}
	for _, tt := range tests {
		if got := escape(tt.in); got != tt.want {
			t.Errorf("escape(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestMarkdownTables: whatever the reasons hold, every table row has its header's cells.
func TestMarkdownTables(t *testing.T) {
	for name, s := range cases() {
		cells := 0
		for _, line := range strings.Split(string(render(t, s)["auto_summary.md"]), "\n") {
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			switch {
			case !strings.HasPrefix(line, "|"):
				cells = 0
			case cells == 0:
				cells = n
			case n != cells:
				t.Errorf("%s: %d bars, want %d: %s", name, n, cells, line)
			}
		}
	}
}

func TestMarkdownSections(t *testing.T) {
	for name, s := range cases() {
		md := string(render(t, s)["auto_summary.md"])
		for _, want := range []string{
			"## Test Matrix", "## Key Findings", "- **Best Throughput:** ", "- **Best Latency:** ", "- **Average Throughput:** ",
			"- **Average Median Latency:** ", "- **Success Rate:** ", "## Recommendations", "### High-Performance Configurations", "### Latency Optimization",
		} {
			if strings.Count(md, want) != 1 {
				t.Errorf("%s: %q occurs %d times", name, want, strings.Count(md, want))
			}
		}
	}
}

// TestOriginalFindings is the sample of the format that this one continues.
func TestOriginalFindings(t *testing.T) {
	s := newSheet(small([]int{4, 8}, []int{4, 8}, []int{200, 800}))
	for _, k := range s.run.Header.Keys {
		r := s.record(k, result.Success)
		switch k.Slug() {
		case "r4-w8-u800-1":
			measure(&r, 21.23, 1360, 0)
		case "r8-w4-u200-1":
			measure(&r, 13.67, 420, 0)
		default:
			measure(&r, 17.45, 890, 0)
		}
		s.add(r)
	}
	m, err := New(&s.run)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Markdown(&b, m); err != nil {
		t.Fatal(err)
	}
	const want = `## Key Findings

- **Best Throughput:** 21.23 RPS with 4 replicas, 8 workers, 800 users
- **Best Latency:** 420ms median with 8 replicas, 4 workers, 200 users
- **Average Throughput:** 17.45 RPS (mean of 8 scenarios, true of none of them)
- **Average Median Latency:** 890ms (mean of 8 scenarios, true of none of them)
- **Success Rate:** 8/8 scenarios
`
	if !strings.Contains(b.String(), want) {
		t.Errorf("findings differ:\n%s", b.String())
	}
}

func TestWrap(t *testing.T) {
	long := strings.Repeat("ü", 25)
	got := wrap("one two three "+long+" four", 10)
	want := []string{"one two", "three", strings.Repeat("ü", 10), strings.Repeat("ü", 10), "üüüüü four"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestShorten(t *testing.T) {
	if got := shorten("überlang", 5); got != "über…" {
		t.Errorf("shorten = %q", got)
	}
	if got := shorten("kurz", 4); got != "kurz" {
		t.Errorf("shorten = %q", got)
	}
}

// TestWideTable: numbers as large as a matrix may have still fit.
func TestWideTable(t *testing.T) {
	axes := small([]int{1, 1000}, []int{5000}, []int{1000000})
	axes.Repeats = 2
	s := newSheet(axes, latencySLO()...)
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 987654.32, 654321, 1)
		for j := range 12 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("warning %d of row %d", j, i))
		}
		s.add(r)
	}
	for _, line := range strings.Split(string(render(t, s)["table.txt"]), "\n") {
		if n := utf8.RuneCountInString(line); n > widest {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestNotesLeaveRoom: however many notes a row has, its numbers stay within 80 columns.
func TestNotesLeaveRoom(t *testing.T) {
	axes := small([]int{1, 2}, []int{2}, []int{150})
	s := newSheet(axes, latencySLO()...)
	for i, k := range axes.Keys() {
		r := s.record(k, []result.Status{result.Success, result.Invalid}[i], []string{"worker lost"}[:i]...)
		measure(&r, 144.5, 302, 1)
		for j := range 12 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("warning %d", j%(6+3*i)*(2-i)))
		}
		s.add(r)
	}
	for _, line := range strings.Split(string(render(t, s)["table.txt"]), "\n") {
		if n := utf8.RuneCountInString(line); n > textWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestAnswers: the answer comes first, and again at the end of a long report.
func TestAnswers(t *testing.T) {
	for name, want := range map[string]string{
		"slo": "200 users: 2 replicas (1 is too few: p95 977 ms; 2 hold: p95 198 ms)\n" +
			"400 users: 3 or 4 replicas (2 are too few: p95 979 ms; 3 was not tried; 4\n    hold: p95 199 ms)\n" +
			"800 users: 5 to 8 replicas (4 are too few: p95 979 ms; 5 to 7 were not\n    tried; 8 hold: p95 199 ms)\n" +
			"most users that pass: none with 1 replica, 200 with 2 replicas, 400 with 4\n    replicas, 800 with 8 replicas\n",
		"slo-none":   "800 users: not with 2 replicas or fewer (p95 4959 ms)\n",
		"all-failed": "nothing was measured, see the notes\n",
		"bare-url":   "not even 200 users pass (p95 979 ms)\n",
		"one":        "best throughput: 125.04 RPS with 2 replicas, 4 workers, 200 users (the only\n    scenario)\n",
		"down":       "every request failed: GET / connection refused × 814; and 6 other causes\n",
	} {
		got := string(render(t, cases()[name])["table.txt"])
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s begins %q", name, got[:min(len(got), 200)])
		}
		if long := strings.Count(got, "\n") > screen; long && !strings.HasSuffix(got, "\n\n"+want) {
			t.Errorf("%s ends %q", name, got[max(0, len(got)-200):])
		}
	}
}

// TestTableSoFar: of a run that goes on nothing sounds final, and what has no figures yet is
// not missed.
func TestTableSoFar(t *testing.T) {
	slo := latencySLO()
	fast := row{rps: 10, p50: 5, requests: 1000}
	slow := row{rps: 10, p50: 2000, requests: 1000}
	for _, tt := range []struct {
		name string
		done row
		want string
	}{
		{"it passes", fast, "so far; the run goes on (1 of 2 scenarios measured)\n1 replica: 1 user passes (p95 10 ms) (in doubt: more may pass: no data for 2\n    users)\nSLO: p95 < 800ms, failures < 1%\nthe gate is not met yet: not shown, for lack of data: 2 users\n"},
		{"it fails", slow, "so far; the run goes on (1 of 2 scenarios measured)\n1 replica: not even 1 user passes (p95 4000 ms)\nSLO: p95 < 800ms, failures < 1%\nthe gate is missed so far: not passed with 1 user; not shown, for lack of\n    data: 2 users\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := oddRun(slo, []row{tt.done, {}})
			s.run.Records = s.run.Records[:1]
			m, err := New(throughJournal(t, s.run))
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := Table(&b, m, TableOptions{GoesOn: true}); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("begins %q, want %q", got[:min(len(got), 300)], tt.want)
			}
		})
	}
}

// TestAnswersOfOddRuns: no sentence of the answer says more than is known.
func TestAnswersOfOddRuns(t *testing.T) {
	rate := v1alpha1.Objective{Metric: "rps", Above: "50"}
	down, invalid := row{rps: 10, p50: 5, failed: 100, requests: 100}, row{rps: 10, p50: 50, requests: 100, status: result.Invalid}
	tests := []struct {
		name string
		slo  []v1alpha1.Objective
		rows []row
		want string
	}{
		{"an outage, and an INVALID row in which requests succeeded", nil, []row{down, invalid}, "not known: no scenario gave a valid measurement with a successful request\n"},
		{"an outage, and an ERROR", nil, []row{down, {status: result.Error}}, "every request failed: POST predict 503 Service Unavailable × 100\n"},
		{
			"few users miss a rate",
			[]v1alpha1.Objective{rate},
			[]row{{rps: 20, p50: 5, requests: 2000}, {rps: 90, p50: 5, requests: 9000}},
			"1 replica: 2 users pass (rps 75)\nSLO: rps > 50\nthe gate is missed: not passed with 1 user\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(render(t, oddRun(tt.slo, tt.rows))["table.txt"])
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("begins %q, want %q", got[:min(len(got), 200)], tt.want)
			}
		})
	}
}

// TestRecommendations: what is recommended would help, and rows that are not valid are not
// mentioned.
func TestRecommendations(t *testing.T) {
	rate, latency := v1alpha1.Objective{Metric: "rps", Above: "500"}, v1alpha1.Objective{Metric: "p95", Below: "30ms"}
	invalid := row{rps: 10, p50: 50, requests: 100, status: result.Invalid}
	ok := row{rps: 20, p50: 5, requests: 2000}
	tests := []struct {
		name, url string
		slo       []v1alpha1.Objective
		rows      []row
		want      string
	}{
		{"too few users for a rate", "", []v1alpha1.Objective{rate, latency}, []row{ok, ok}, "only throughput is missed: more users, or a target that answers faster, may reach it."},
		{"too slow, too", "", []v1alpha1.Objective{rate, latency}, []row{ok, {rps: 40, p50: 50, requests: 4000}}, "more replicas or fewer users are needed."},
		{"an address", "http://x", []v1alpha1.Objective{latency}, []row{{rps: 40, p50: 50, requests: 4000}}, "fewer users or a faster target are needed."},
		{"the fastest fails", "", []v1alpha1.Objective{rate}, []row{ok}, "- 1 user: lowest median 5ms with 1 replica, 4 workers, 1 user (fails the SLO)"},
		{"nothing valid", "", nil, []row{invalid}, "- No scenario gave a valid measurement with a successful request, so there is no latency to compare."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := oddRun(tt.slo, tt.rows)
			if tt.url != "" {
				s.run.Header.Target, s.run.Header.Address = tt.url, tt.url
			}
			if got := string(render(t, s)["auto_summary.md"]); !strings.Contains(got, tt.want) {
				t.Errorf("no %q in:\n%s", tt.want, got)
			}
		})
	}
}

// row is one scenario of oddRun.
type row struct {
	rps, p50         float64
	requests, failed int64
	status           result.Status
}

// oddRun has one replica and a user more for each row.
func oddRun(slo []v1alpha1.Objective, rows []row) *sheet {
	var users []int
	for i := range rows {
		users = append(users, i+1)
	}
	axes := small([]int{1}, []int{4}, users)
	s := newSheet(axes, slo...)
	for i, k := range axes.Keys() {
		rec := s.record(k, result.Success)
		if rows[i].status != "" {
			rec.Status = rows[i].status
		}
		if rec.Status != result.Error {
			measure(&rec, rows[i].rps, rows[i].p50, rows[i].failed)
			rec.Measured.Requests = rows[i].requests
		}
		s.add(rec)
	}
	return s
}

// TestNoNumberCannotBreakJSON: an infinite percentile is null, not an error.
func TestNoNumberCannotBreakJSON(t *testing.T) {
	if finite(math.Inf(1)) != nil || finite(math.NaN()) != nil || *finite(1) != 1 {
		t.Error("finite lets through what JSON cannot hold")
	}
}
