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
	// sayAfter is how long the API server may be away before that is told, sayEvery
	// how often it is told again.
	sayAfter = 3 * time.Second
	sayEvery = 30 * time.Second
)

// reach reports when the API server stops answering and when it answers again, so that a
// process that waits for it does not look idle. All clients of a process share one.
type reach struct {
	server string
	tell   func(string)

	mu sync.Mutex
	// since is when requests began to fail, told when that was reported last; zero while
	// the server answers.
	since, told time.Time
	// until is the latest deadline of the requests that wait.
	until time.Time
}

// over watches the requests of a client.
func (r *reach) over(next http.RoundTripper) http.RoundTripper { return &watchedWay{r, next} }

type watchedWay struct {
	*reach
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (r *watchedWay) RoundTrip(req *http.Request) (*http.Response, error) {
	begin := time.Now()
	until, _ := req.Context().Deadline()
	slow := time.AfterFunc(sayAfter, func() { r.failed(begin, until, "no answer yet") })
	resp, err := r.next.RoundTrip(req)
	slow.Stop()
	switch {
	case errors.Is(err, context.Canceled): // nobody waits any more
	case err != nil:
		r.failed(begin, until, err.Error())
	case resp.StatusCode >= http.StatusInternalServerError:
		r.failed(begin, until, resp.Status) // a proxy's word, or that of a server which is starting
	default:
		r.answered()
	}
	return resp, err
}

func (r *reach) failed(begin, until time.Time, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.since.IsZero() {
		r.since = begin
	}
	if until.After(r.until) {
		r.until = until
	}
	if now.Sub(r.since) < sayAfter || now.Sub(r.told) < sayEvery {
		return
	}
	r.told = now
	text := fmt.Sprintf("trying to reach the API server at %s: %s", r.server, why)
	if r.until.After(now) {
		text += fmt.Sprintf("; giving up in %v", r.until.Sub(now).Round(time.Second))
	}
	r.tell(text)
}

func (r *reach) answered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.told.IsZero() {
		r.tell("the API server answers")
	}
	r.since, r.told, r.until = time.Time{}, time.Time{}, time.Time{}
}
