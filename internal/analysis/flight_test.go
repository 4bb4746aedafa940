package analysis

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// flying has n requests under way for 4 s when the window closed; unheard of them had been
// so for longer than any that ended.
func flying(t *testing.T, r result.Record, n, unheard int64) result.Record {
	t.Helper()
	ages := stats.NewHistogram()
	ages.RecordN((4 * time.Second).Microseconds(), n)
	f := &result.Flight{AtEnd: n, Started: r.Measured.Requests + n, Unheard: unheard, Oldest: 4000}
	if n > 0 {
		b, err := ages.Encode()
		if err != nil {
			t.Fatal(err)
		}
		f.Ages = string(b)
	}
	r.Measured.Flight = f
	return r
}

// TestUnderWayIsJudged: what did not end counts as slow if a latency is bounded; if none is,
// and it could turn the verdict, there is no verdict.
func TestUnderWayIsJudged(t *testing.T) {
	tests := []struct {
		name string
		rec  result.Record
		slo  string
		want Verdict
		text string
	}{
		{"nothing under way", flying(t, success(10000, 0), 0, 0), "p95 < 201ms", Pass, "p95 is 200 ms, below 201ms"},
		{"young ones", flying(t, success(1000, 0), 60, 0), "p95 < 5s", Pass, "p95 is 200 ms, below 5s"},
		{"as many as p95 allows", flying(t, success(950, 0), 50, 50), "p95 < 1s", Pass, "p95 is 400 ms, below 1s"},
		{"one more", flying(t, success(950, 0), 51, 51), "p95 < 1s", Fail, "5.1 % of requests were still under way after 1s, p95 < 1s allows 5 % to fail or be slow"},
		{"with failures", flying(t, success(950, 30), 30, 30), "p95 < 1s", Fail, "6.1 % of requests failed or were still under way after 1s, p95 < 1s allows 5 % to fail or be slow"},
		{"nothing ended", flying(t, success(0, 0), 6, 6), "p50 < 1s", Fail, "100 % of requests were still under way after 1s, p50 < 1s allows 50 % to fail or be slow"},
		{"nothing ended, nothing late yet", flying(t, success(0, 0), 6, 6), "p50 < 5s", NoData, ""},
		{"nothing ended, failures", flying(t, success(0, 0), 6, 6), "failures < 1%", NoData, "failures < 1% cannot be decided: 0 of 0 requests that ended failed, and 6 requests were under way for longer than any that ended; a longer window, or a bound on p95 as well, would decide it"},
		{"failures, too few to matter", flying(t, success(10000, 0), 60, 60), "failures < 1%", Pass, "failures are 0.00 %, below 1%"},
		{"failures, enough to matter", flying(t, success(500, 0), 6, 6), "failures < 1%", NoData, "failures < 1% cannot be decided: 0 of 500 requests that ended failed, and 6 requests were under way for longer than any that ended; a longer window, or a bound on p95 as well, would decide it"},
		{"failures, as old as some that ended", flying(t, success(500, 0), 60, 0), "failures < 1%", Pass, "failures are 0.00 %, below 1%"},
		{"failures, missed whatever comes", flying(t, success(500, 50), 6, 6), "failures < 1%", Fail, "failures are 10.00 % (50 of 500), not below 1%"},
		{"failures, missed only so far", flying(t, success(500, 5), 6, 6), "failures < 1%", NoData, "failures < 1% cannot be decided: 5 of 500 requests that ended failed, and 6 requests were under way for longer than any that ended; a longer window, or a bound on p95 as well, would decide it"},
		{"failures beside a latency", flying(t, success(500, 0), 6, 6), "failures < 1%, p95 < 1s", Pass, "failures are 0.00 %, below 1%"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := Judge(tt.rec, slo(t, strings.Split(tt.slo, ", ")...))
			text := ""
			if len(j.Outcomes) > 0 {
				text = j.Outcomes[0].Text
			}
			if j.Verdict != tt.want || text != tt.text {
				t.Errorf("got %s %q, want %s %q", j.Verdict, text, tt.want, tt.text)
			}
		})
	}
}

// TestUnderWayIsTold: the report says how many counted as slow, of how many nothing is
// known, and which tasks have no request that ended.
func TestUnderWayIsTold(t *testing.T) {
	rec := flying(t, success(5000, 0), 6, 2)
	rec.Measured.Endpoints = []result.EndpointResult{
		{Endpoint: stats.Endpoint{Method: "GET", Name: "/ok"}, Requests: 5000, Flight: &result.Flight{}},
		{Endpoint: stats.Endpoint{Method: "GET", Name: "/hang"}, Flight: &result.Flight{AtEnd: 6}},
		{Endpoint: stats.Endpoint{Method: "GET", Name: "/rare"}, Flight: &result.Flight{}},
		{Endpoint: stats.Endpoint{Method: "GET", Name: "/python"}},
	}
	run := &result.Run{Header: result.Header{Duration: 10, Keys: []matrix.Key{rec.Key}}, Records: []result.Record{rec}}
	rows := Rows(run, slo(t, "p99 < 1s"))
	want := []string{
		"6 requests were under way for 1s or longer when the window closed, counted as slow",
		"2 requests were under way when the window closed, and had been for longer than any like it that ended, the oldest for 4 s: how they end is not known",
		"no request ended of GET /hang (6 under way); GET /rare (none was started)",
	}
	if diff := cmp.Diff(want, rows[0].Doubts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range Caveats(run, rows) {
		if strings.Contains(c, "under way") {
			t.Errorf("caveat %q", c)
		}
	}
	rec.Measured.Flight = nil
	if got := strings.Join(Caveats(run, rows), " "); !strings.Contains(got, "still under way when a window closed is not known") {
		t.Errorf("caveats %q do not tell that it is unknown what was under way", got)
	}
}
