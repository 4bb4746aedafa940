package httpuser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/template"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Tried is one task's request, sent once to see what becomes of it.
type Tried struct {
	// Class and Endpoint name the task; Path is as in the swarmfile.
	Class    string
	Endpoint stats.Endpoint
	Path     string
	// Status is the answer's; 0 when there was none.
	Status int
	Took   time.Duration
	Bytes  int64
	// Redirected is where redirects led, without the query, if the task does not say which status
	// is right; empty without any.
	Redirected string
	// Failure says why a user would count the request as failed; empty for a success.
	Failure string
	// Impatient says that it failed only because the client did not wait as long as the task allows.
	Impatient bool
	// Answer is the beginning of a failure's body, on one line.
	Answer string
}

// Try sends the request of every task once, through client, to the target at
// base. The error names each task whose answer a user would count as a failure.
func (p *Program) Try(ctx context.Context, client *http.Client, base string) error {
	tried, err := p.TryEach(ctx, client, base)
	errs := []error{err}
	for _, r := range tried {
		if r.Failure != "" {
			errs = append(errs, fmt.Errorf("%s %s: %s", r.Endpoint.Method, r.Endpoint.Name, r.Failure))
		}
	}
	return errors.Join(errs...)
}

// TryEach sends the request of every task once, in the file's order, and says what became of
// it. Each class of users has its own cookies. The error is about the address.
func (p *Program) TryEach(ctx context.Context, client *http.Client, base string) ([]Tried, error) {
	t, err := p.Bind(base, nil, new(template.Sequence), 0)
	if err != nil {
		return nil, err
	}
	var all []Tried
	for i, class := range p.classes {
		u, err := t.NewUser(class.name, i)
		if err != nil {
			return nil, err
		}
		own := *client
		own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		sender := &clientSender{netSender: newNetSender(t.base), client: &own}
		u.sender = sender
		for j, task := range class.tasks {
			r := Tried{Class: class.name, Endpoint: p.endpoints[task.endpoint], Path: task.written}
			u.try(ctx, task, u.fixed[j], sender, &r)
			all = append(all, r)
		}
	}
	return all, nil
}

// try sends one request. The client may have less patience than the task.
func (u *User) try(ctx context.Context, task *task, fixed call, sender *clientSender, r *Tried) {
	c := u.prepare(task, fixed)
	limited, cancel := context.WithTimeout(ctx, task.timeout)
	defer cancel()
	start := time.Now()
	out, err := sender.send(limited, &c)
	r.Took, r.Status, r.Bytes = time.Since(start), out.status, out.bytes
	late := limited.Err() != nil
	if !late && err != nil && isTimeout(err) {
		r.Failure, r.Impatient = "no answer within "+shortDuration(sender.client.Timeout), true
		return
	}
	if r.Failure, _ = task.judge(out, err, late); r.Failure != "" {
		r.Answer = words.OneLine(sender.begins.String())
	} else if task.unsure(out) {
		r.Redirected = words.OneLine(out.last.scheme + "://" + out.last.site() + out.last.path())
	}
}

// maxBegin is how much of a failure's body is shown.
const maxBegin = 200

// clientSender sends through a given client, with its credentials and its timeout for all
// hops together. Redirects and cookies are handled as for a user.
type clientSender struct {
	*netSender
	client *http.Client
	// begins is the beginning of the last body.
	begins bytes.Buffer
}

func (s *clientSender) send(ctx context.Context, c *call) (outcome, error) {
	if s.client.Timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, s.client.Timeout)
		defer cancel()
		ctx = limited
	}
	return s.follow(ctx, c, s.roundTrip)
}

func (s *clientSender) roundTrip(ctx context.Context, h *hop, _ *outcome) (*http.Response, error) {
	s.begins.Reset()
	resp, err := s.client.Do(s.request(ctx, h))
	if err != nil {
		return nil, err
	}
	resp.Body = &overheard{resp.Body, &s.begins}
	return resp, nil
}

// overheard keeps the beginning of a body.
type overheard struct {
	io.ReadCloser
	begins *bytes.Buffer
}

// Read implements io.Reader.
func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	o.begins.Write(p[:min(n, maxBegin-o.begins.Len())])
	return n, err
}
