package run

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// glimpse is one look: whether a request succeeded, and what failed.
type glimpse struct {
	worked bool
	came   []result.ErrorCount
}

func TestOutage(t *testing.T) {
	failed := func(n int64, text string) glimpse {
		return glimpse{came: []result.ErrorCount{{Endpoint: endpoint("POST", "order"), Error: text, Occurrences: n}}}
	}
	well, refused, reset := glimpse{worked: true}, failed(6, "connection refused"), failed(1, "connection reset")
	for name, c := range map[string]struct {
		looks []glimpse
		want  string
	}{
		"nothing":           {nil, ""},
		"all well":          {[]glimpse{well, well}, ""},
		"died":              {[]glimpse{well, reset, refused, refused, {}, refused}, "the target had stopped answering by 12:00:02 UTC: POST order connection refused"},
		"never there":       {[]glimpse{refused, refused}, "the target could not be reached: POST order connection refused"},
		"came back":         {[]glimpse{well, refused, refused, well}, ""},
		"refuses some":      {[]glimpse{refused, well, refused, well, refused}, ""},
		"refuses once":      {[]glimpse{well, refused}, ""},
		"fails, is there":   {[]glimpse{failed(99, "503 Service Unavailable")}, ""},
		"failed, then left": {[]glimpse{failed(9, "503 Service Unavailable"), refused, refused}, "the target had stopped answering by 12:00:01 UTC: POST order connection refused"},
		"in Python's words": {[]glimpse{well, failed(10, "ConnectionRefusedError(111, 'Connection refused')")}, "the target had stopped answering by 12:00:01 UTC: POST order connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			var o outage
			for i, look := range c.looks {
				o.see(time.Date(2026, 1, 2, 12, 0, i, 0, time.UTC), look.worked, look.came)
			}
			if got := o.text(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestNewFailures: totals are told by what has come since the last look, also after a reset.
func TestNewFailures(t *testing.T) {
	var seen failureReader
	total := func(text string, n int64) locust.Failure {
		return locust.Failure{Method: "GET", Name: "/", Error: text, Occurrences: n}
	}
	want := func(text string, n int64, unsent bool) result.ErrorCount {
		return result.ErrorCount{Endpoint: endpoint("GET", "/"), Error: text, Occurrences: n, Unsent: unsent}
	}
	for i, look := range []struct {
		total []locust.Failure
		want  []result.ErrorCount
	}{
		{[]locust.Failure{total("odd", 3), total("even", 2)}, []result.ErrorCount{want("odd", 3, false), want("even", 2, false)}},
		{[]locust.Failure{total("odd", 3), total("even", 5)}, []result.ErrorCount{want("even", 3, false)}},
		{[]locust.Failure{total("odd", 3), total("even", 5)}, nil},
		{[]locust.Failure{total("even", 1), total(locust.NotSent+"no such host", 4)}, []result.ErrorCount{want("even", 1, false), want("no such host", 4, true)}},
		{nil, nil},
		{[]locust.Failure{total("even", 1)}, []result.ErrorCount{want("even", 1, false)}},
	} {
		if diff := cmp.Diff(look.want, seen.newFailures(look.total)); diff != "" {
			t.Errorf("look %d (-want +got):\n%s", i+1, diff)
		}
	}
}
