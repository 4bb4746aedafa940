package run

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestGeneratorFault knows the texts that Python Locust makes of its own trouble.
func TestGeneratorFault(t *testing.T) {
	for text, want := range map[string]bool{
		`ConnectionError(MaxRetryError("HTTPConnectionPool(host='shop', port=80): Max retries exceeded with url: / (Caused by NameResolutionError('x'))"))`: true,
		`gaierror(-3, 'Temporary failure in name resolution')`:                                         true,
		`OSError(24, 'Too many open files')`:                                                           true,
		`OSError(99, 'Cannot assign requested address')`:                                               true,
		locust.NotSent + "too many open files on the load generator":                                   true,
		`CatchResponseError('the server says: Too many open files')`:                                   false,
		`HTTPError('503 Server Error: Service Unavailable for url: /')`:                                false,
		`ConnectionRefusedError(111, 'Connection refused')`:                                            false,
		`RemoteDisconnected('Remote end closed connection without response')`:                          false,
		`ConnectTimeout(MaxRetryError("HTTPConnectionPool(host='x', port=80): Max retries exceeded"))`: false,
	} {
		if got := generatorFault(text); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestUnsentIsTakenOutOfTotals(t *testing.T) {
	m := measuredFromCSV(time.Now(), 10, 0,
		[]locust.Row{{Method: "GET", Name: "/", Requests: 110, Failures: 12}},
		locust.Row{Requests: 110, Failures: 12},
		[]locust.Failure{{Method: "GET", Name: "/", Error: "OSError(24, 'Too many open files')", Occurrences: 10}, {Method: "GET", Name: "/", Error: "HTTPError('503')", Occurrences: 2}})
	if m.Requests != 100 || m.Failures != 2 || m.Unsent != 10 || m.RPS != 10 || m.Endpoints[0].Requests != 100 || m.Endpoints[0].Failures != 2 {
		t.Errorf("measured %+v", m)
	}
}

// TestWorded: what Locust writes down in Python's notation reads as our own workers say it,
// and what then reads alike is counted together.
func TestWorded(t *testing.T) {
	of := func(name, text string, n int64, unsent bool) result.ErrorCount {
		return result.ErrorCount{Endpoint: endpoint("GET", name), Error: text, Occurrences: n, Unsent: unsent}
	}
	got := worded([]result.ErrorCount{
		of("/a", "HTTPError('404 Client Error: Not Found for url: /a?x=1')", 2, false),
		of("/a", "HTTPError('404 Client Error: Nothing here for url: /a?x=2')", 3, false),
		of("/b", "HTTPError('404 Client Error: Not Found for url: /b')", 1, false),
		of("/a", locust.NotSent+"no such host: shop", 4, true),
		of("/a", "no such host: shop", 5, false),
	})
	want := []result.ErrorCount{
		of("/a", "404 Not Found", 5, false), of("/b", "404 Not Found", 1, false), of("/a", "no such host: shop", 4, true), of("/a", "no such host: shop", 5, false),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
