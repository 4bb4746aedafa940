package httpuser

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/swarmgrid/swarmgrid/internal/template"
)

// Try sends the request of every task once, through client, to the target at
// base. The error names each task whose answer a user would count as a failure.
func (p *Program) Try(ctx context.Context, client *http.Client, base string) error {
	t, err := p.Bind(base, nil, new(template.Sequence), 0)
	if err != nil {
		return err
	}
	var errs []error
	for i, class := range p.classes {
		u, err := t.NewUser(class.name, i)
		if err != nil {
			return err
		}
		u.sender = &clientSender{netSender: newNetSender(t.base), client: client}
		for j, task := range class.tasks {
			if failure := u.try(ctx, client, task, u.fixed[j]); failure != "" {
				errs = append(errs, fmt.Errorf("%s %s: %s", task.method, p.endpoints[task.endpoint].Name, failure))
			}
		}
	}
	return errors.Join(errs...)
}

// try sends one request and returns why it failed. The client may have less patience
// than the task.
func (u *User) try(ctx context.Context, client *http.Client, task *task, fixed call) string {
	c := u.prepare(task, fixed)
	limited, cancel := context.WithTimeout(ctx, task.timeout)
	defer cancel()
	out, err := u.sender.send(limited, &c)
	late := limited.Err() != nil
	if !late && err != nil && isTimeout(err) {
		return "no answer within " + shortDuration(client.Timeout)
	}
	failure, _ := task.judge(out, err, late)
	return failure
}

// clientSender sends through somebody else's client, with its rights and redirects.
type clientSender struct {
	*netSender
	client *http.Client
}

func (s *clientSender) send(ctx context.Context, c *call) (outcome, error) {
	first := s.first(c)
	resp, err := s.client.Do(s.request(ctx, &first)) //nolint:bodyclose // drain closes it
	if err != nil {
		return outcome{}, err
	}
	n, err := drain(resp, c.header)
	return outcome{status: resp.StatusCode, bytes: n}, err
}
