package look

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/baseurl"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
)

const (
	// patience is how long one answer is waited for, if the task allows so much.
	patience = 10 * time.Second
	// again and pause are for a target that fails by chance, or is not warm yet: where
	// nothing succeeded, and an answer may be another one next time, all is sent again.
	again = 2
	pause = 500 * time.Millisecond
)

// Answers are what became of one request of each task.
type Answers []httpuser.Tried

// Ask sends one of each request to the target at base. Where all fail and a later answer
// may be another, it tries up to twice more. The error is of the address.
func Ask(ctx context.Context, program *httpuser.Program, base string) (Answers, error) {
	client := httpuser.NewTryClient(patience)
	defer client.CloseIdleConnections()
	for n := 0; ; n++ {
		tried, err := program.TryEach(ctx, client, base)
		answers := Answers(tried)
		if err != nil || ctx.Err() != nil || n == again || !answers.Hopeless() || !answers.fickle() {
			return answers, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Failed are those that failed, or were not waited for.
func (a Answers) Failed() Answers {
	return slices.DeleteFunc(slices.Clone(a), func(r httpuser.Tried) bool { return r.Failure == "" })
}

// Hopeless tells whether a load of these requests would only fail. A request that was
// not waited for to its end may succeed.
func (a Answers) Hopeless() bool {
	return len(a) > 0 && !slices.ContainsFunc(a, func(r httpuser.Tried) bool { return r.Failure == "" || r.Impatient })
}

// fickle tells whether asking again may have another answer: a refusal is for good, a
// server's own trouble need not be.
func (a Answers) fickle() bool {
	return slices.ContainsFunc(a, func(r httpuser.Tried) bool {
		return r.Status >= http.StatusInternalServerError || r.Status == http.StatusTooManyRequests
	})
}

// Text is what became of a failure: "POST /orders (order): 401 Unauthorized: log in first".
func Text(r httpuser.Tried) string {
	text := Request(r) + ": " + r.Failure
	if r.Answer != "" {
		text += ": " + r.Answer
	}
	return text
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

// Reach sees whether anybody listens where a load is sent of whose requests nothing is
// known. The error says why nobody can be reached.
func Reach(ctx context.Context, base string) error {
	u, err := baseurl.Parse(base)
	if err != nil {
		return err
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme // its name is one of a port, too
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return fmt.Errorf("nobody can be reached at %s: %w", u.Redacted(), err)
	}
	return conn.Close()
}
