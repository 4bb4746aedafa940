package validity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// TestPauses: above five percent of the window the attempt is INVALID, above one its
// numbers are in doubt, below nothing is said. The worst worker counts.
func TestPauses(t *testing.T) {
	for _, tt := range []struct {
		name          string
		pauses        []locust.Pause
		reason, doubt string
		stood         float64
	}{
		{name: "none"},
		{name: "a blink", pauses: []locust.Pause{{Worker: "a", StoodMicros: 100_000}, {Worker: "b", StoodMicros: 90_000}}, stood: .1},
		{
			name: "one of two, in two seconds", pauses: []locust.Pause{{Worker: "a", Second: 1, StoodMicros: 1e6}, {Worker: "a", Second: 2, StoodMicros: 1e6}, {Worker: "b", StoodMicros: 10_000}},
			reason: "worker a stood still for 2.0 s of 10 s: it was stopped, or starved of processor time; give it more processor time, or its machine less to do", stood: 2,
		},
		{
			name: "garbage", pauses: []locust.Pause{{Worker: "a", StoodMicros: 200_000, GCMicros: 150_000}},
			doubt: "worker a stood still for 0.2 s of 10 s: collecting garbage stopped it for 0.1 s", stood: .2,
		},
		{
			name: "steal", pauses: []locust.Pause{{Worker: "a", StoodMicros: 3e6, StealMicros: 5e6}},
			reason: "worker a stood still for 3.0 s of 10 s: the hypervisor gave 5.0 s of this machine's processor time to others; measure on a machine that is less shared", stood: 3,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := Pauses{}
			for _, one := range tt.pauses {
				p.Add(one)
			}
			w := open(time.Now())
			w.JudgePauses(p, 10*time.Second)
			doubts := w.JudgeGenerator(&result.Measured{Duration: 10, Requests: 100}, p)
			if got := append(texts(w.Against()), ""); got[0] != tt.reason {
				t.Errorf("reason %q, want %q", got[0], tt.reason)
			}
			if got := append(texts(doubts), ""); got[0] != tt.doubt {
				t.Errorf("doubt %q, want %q", got[0], tt.doubt)
			}
			if w.Seen.StoodStill != tt.stood {
				t.Errorf("stood still for %v s, want %v", w.Seen.StoodStill, tt.stood)
			}
		})
	}
}

// TestUnsent: one in ten thousand is what an instrument may get wrong.
func TestUnsent(t *testing.T) {
	for _, tt := range []struct {
		unsent, requests int64
		reason, doubt    string
	}{
		{0, 10, "", ""},
		{1, 9_999, "", "1 request was not sent, by the load generator's own trouble: no port, no file"},
		{2, 9_998, "2 requests were not sent, by the load generator's own trouble: no port, no file", ""},
		{74, 0, "74 requests were not sent, by the load generator's own trouble: no port, no file", ""},
	} {
		w := open(time.Now())
		doubts := w.JudgeGenerator(&result.Measured{Requests: tt.requests, Unsent: tt.unsent, Errors: []result.ErrorCount{
			{Error: "status 503"}, {Error: "no port", Unsent: true}, {Error: locust.NotSent + "no file", Unsent: true}, {Error: "no port", Unsent: true},
		}}, Pauses{})
		if got := append(texts(w.Against()), ""); got[0] != tt.reason {
			t.Errorf("%d of %d: reason %q, want %q", tt.unsent, tt.requests, got[0], tt.reason)
		}
		if got := append(texts(doubts), ""); got[0] != tt.doubt {
			t.Errorf("%d of %d: doubt %q, want %q", tt.unsent, tt.requests, got[0], tt.doubt)
		}
	}
}

// TestRedirects: over one in a hundred requests of a task, and of many tasks the first three.
func TestRedirects(t *testing.T) {
	task := func(name string, redirected int64) result.EndpointResult {
		return result.EndpointResult{Endpoint: stats.Endpoint{Method: "GET", Name: name}, Requests: 1000, Redirected: redirected}
	}
	for _, tt := range []struct {
		tasks []result.EndpointResult
		want  []string
	}{
		{[]result.EndpointResult{task("a", 0), task("b", 10)}, nil},
		{[]result.EndpointResult{task("a", 0), task("b", 11)}, []string{"redirects were followed, and whatever page they led to counts as a success: GET b"}},
		{
			[]result.EndpointResult{task("a", 1000), task("b", 11), task("c", 12), task("d", 13), task("e", 14)},
			[]string{"redirects were followed, and whatever page they led to counts as a success: GET a, GET b, GET c, and 2 more"},
		},
	} {
		if diff := cmp.Diff(tt.want, texts(open(time.Now()).JudgeGenerator(&result.Measured{Endpoints: tt.tasks}, Pauses{}))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestFolded: what was counted together says so.
func TestFolded(t *testing.T) {
	got := open(time.Now()).JudgeGenerator(&result.Measured{
		Endpoints: []result.EndpointResult{{Endpoint: stats.Endpoint{Name: locust.OtherEndpoints}}}, Errors: []result.ErrorCount{{Error: locust.OtherErrors}},
	}, Pauses{})
	want := []string{
		"there were more tasks than the master keeps apart: some are counted together as (other endpoints)",
		"there were more kinds of failure than are kept apart: some are counted together as (other errors)",
	}
	if diff := cmp.Diff(want, texts(got)); diff != "" {
		t.Error(diff)
	}
}
