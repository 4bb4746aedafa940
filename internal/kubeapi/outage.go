package kubeapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// tellAfter is how long the API server may be away before that is reported, tellEvery
	// how often it is reported again.
	tellAfter = 3 * time.Second
	tellEvery = 30 * time.Second
)

// outage reports when the API server stops answering and when it answers again, so that a
// process that waits for it does not look idle. All clients of a process share one.
type outage struct {
	server string
	tell   func(string)

	mu sync.Mutex
	// since is when requests began to fail, told when that was reported last; zero while
	// the server answers.
	since, told time.Time
	// until is the latest deadline of the requests that wait.
	until time.Time
}

// watch is a transport that notes which requests of a client fail.
func (o *outage) watch(next http.RoundTripper) http.RoundTripper { return &watched{o, next} }

type watched struct {
	*outage
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (w *watched) RoundTrip(req *http.Request) (*http.Response, error) {
	begin := time.Now()
	until, _ := req.Context().Deadline()
	slow := time.AfterFunc(tellAfter, func() { w.failed(begin, until, "no answer yet") })
	resp, err := w.next.RoundTrip(req)
	slow.Stop()
	switch {
	case errors.Is(err, context.Canceled): // nobody waits any more
	case err != nil:
		w.failed(begin, until, err.Error())
	case resp.StatusCode >= http.StatusInternalServerError:
		w.failed(begin, until, resp.Status) // a proxy's word, or that of a server which is starting
	default:
		w.answered()
	}
	return resp, err
}

func (o *outage) failed(begin, until time.Time, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if o.since.IsZero() {
		o.since = begin
	}
	if until.After(o.until) {
		o.until = until
	}
	if now.Sub(o.since) < tellAfter || now.Sub(o.told) < tellEvery {
		return
	}
	o.told = now
	text := fmt.Sprintf("trying to reach the API server at %s: %s", o.server, why)
	if o.until.After(now) {
		text += fmt.Sprintf("; giving up in %v", o.until.Sub(now).Round(time.Second))
	}
	o.tell(text)
}

func (o *outage) answered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.told.IsZero() {
		o.tell("the API server answers")
	}
	o.since, o.told, o.until = time.Time{}, time.Time{}, time.Time{}
}
