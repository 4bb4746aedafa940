package look

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/baseurl"
	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
)

const (
	// patience is how long one answer is waited for, if the task allows that much.
	patience = 10 * time.Second
	// again and pause are for a target that fails by chance, or is not warm yet: if nothing
	// succeeded and the next answer may differ, everything is sent again.
	again = 2
	pause = 500 * time.Millisecond
	// startTime is how long a service on this machine may take until it listens: it may have
	// been started by the line before the load, without waiting for it. knock is the time
	// between two tries.
	startTime = 5 * time.Second
	knock     = 250 * time.Millisecond
)

// Answers are the outcomes of one request of each task.
type Answers []httpuser.Tried

// Ask sends one of each request to the target at base. If all fail and the next answer may
// differ, it tries up to twice more; if nothing listens yet on this machine, it tries for
// startTime, and says so. The error is about the address.
func Ask(ctx context.Context, program *httpuser.Program, base string, say func(string)) (Answers, error) {
	client := httpuser.NewTryClient(patience)
	defer client.CloseIdleConnections()
	w := newWait(base, say)
	for n := 0; ; {
		tried, err := program.TryEach(ctx, client, base)
		answers := Answers(tried)
		switch {
		case err != nil || ctx.Err() != nil:
			return answers, err
		case answers.refused() && w.more():
			sleep(ctx, knock)
		case n < again && answers.OnlyFail() && answers.fickle():
			sleep(ctx, pause)
			n++
		default:
			return answers, nil
		}
	}
}

// sleep ends early if the context does.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Failed are those that failed, or were not waited for.
func (a Answers) Failed() Answers {
	return slices.DeleteFunc(slices.Clone(a), func(r httpuser.Tried) bool { return r.Failure == "" })
}

// Redirected are those that succeeded at another address, which nobody has said is right.
func (a Answers) Redirected() Answers {
	return slices.DeleteFunc(slices.Clone(a), func(r httpuser.Tried) bool { return r.Redirected == "" })
}

// OnlyFail tells whether a load of these requests would only fail. A request that was not
// waited for to its end may still succeed.
func (a Answers) OnlyFail() bool {
	return len(a) > 0 && !slices.ContainsFunc(a, func(r httpuser.Tried) bool { return r.Failure == "" || r.Impatient })
}

// fickle tells whether asking again may give another answer: a refusal stays, a server's own
// trouble may pass.
func (a Answers) fickle() bool {
	return slices.ContainsFunc(a, func(r httpuser.Tried) bool {
		return r.Status >= http.StatusInternalServerError || r.Status == http.StatusTooManyRequests
	})
}

// refused tells whether nobody listened, whatever the request.
func (a Answers) refused() bool {
	return len(a) > 0 && !slices.ContainsFunc(a, func(r httpuser.Tried) bool { return r.Failure != failure.Refused })
}

// Text describes a failure: "POST /orders (order): 401 Unauthorized: log in first".
func Text(r httpuser.Tried) string {
	text := Request(r) + ": " + r.Failure
	if r.Answer != "" {
		text += ": " + r.Answer
	}
	return text
}

// TextOfRedirect says where a request ended.
func TextOfRedirect(r httpuser.Tried) string {
	return fmt.Sprintf("%s: redirected to %s, and what answers there counts as a success", Request(r), r.Redirected)
}

// Request names a task's request: "POST /orders (order)".
func Request(r httpuser.Tried) string {
	return r.Endpoint.Method + " " + r.Path + " (" + r.Endpoint.Name + ")"
}

// Text is all of them, a line each.
func (a Answers) Text() string {
	var lines []string
	for _, r := range a {
		lines = append(lines, Text(r))
	}
	return strings.Join(lines, "\n  ")
}

// Reach finds out whether anybody listens at the target of a load whose requests are not
// known. As Ask does, it waits for a service on this machine. The error says why nobody can
// be reached.
func Reach(ctx context.Context, base string, say func(string)) error {
	for w := newWait(base, say); ; {
		err := dial(ctx, base)
		if ctx.Err() != nil || !errors.Is(err, syscall.ECONNREFUSED) || !w.more() {
			return err
		}
		sleep(ctx, knock)
	}
}

func dial(ctx context.Context, base string) error {
	u, err := baseurl.Parse(base)
	if err != nil {
		return err
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme // which is a port name, too
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return fmt.Errorf("nothing can be reached at %s: %w", u.Redacted(), err)
	}
	return conn.Close()
}
