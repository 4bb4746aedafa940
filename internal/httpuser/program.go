// Package httpuser turns a swarmfile into virtual users that send HTTP requests. Compile
// makes a Program, Program.Bind points it at a host, and Test.NewUser makes one user, with
// its own connection, cookies and random source.
//
// This is the hot request path. It knows nothing of YAML, Kubernetes, the wire or reports:
// results leave through a Recorder. The HTTP client is behind one small interface (sender),
// so that net/http can be replaced.
package httpuser

import (
	"errors"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// DefaultTimeout bounds a request whose task gives no timeout, as in Locust.
const DefaultTimeout = 60 * time.Second

// Options are what compiling a swarmfile needs from outside.
type Options struct {
	// LookupEnv resolves env templates, once; nil means that there are no variables.
	LookupEnv func(name string) (string, bool)
}

// Program is a compiled swarmfile. It is immutable and safe for concurrent use.
type Program struct {
	classes   []*class
	endpoints []stats.Endpoint
}

// class is one compiled user class.
type class struct {
	name  string
	wait  wait
	pick  picker
	tasks []*task
}

// task is one compiled request.
type task struct {
	endpoint int
	method   string
	written  string // the path as the swarmfile has it
	target   *template.Template
	headers  headers
	body     *template.Template // nil if there is none
	timeout  time.Duration
	expect   []int  // empty for any below 400
	wanted   string // expect in words
	late     string
}

// Compile compiles an already validated swarmfile. What it still finds wrong is
// reported all at once, each with its field path.
func Compile(sf *v1alpha1.Swarmfile, opts Options) (*Program, error) {
	c := compiler{lookup: opts.LookupEnv, ids: map[stats.Endpoint]int{}}
	if c.lookup == nil {
		c.lookup = func(string) (string, bool) { return "", false }
	}
	for i, u := range sf.Spec.Users {
		c.class(fmt.Sprintf("spec.users[%d]", i), &u)
	}
	if len(c.program.classes) == 0 {
		c.fail("spec.users", errors.New("no user classes with a weight above 0"))
	}
	if err := errors.Join(c.errs...); err != nil {
		return nil, fmt.Errorf("compiling swarmfile: %w", err)
	}
	return &c.program, nil
}

// Classes are the names of the user classes, in the file's order.
func (p *Program) Classes() []string {
	names := make([]string, len(p.classes))
	for i, c := range p.classes {
		names[i] = c.name
	}
	return names
}

// Endpoints are what statistics are kept under; a Sample names one by its index here.
func (p *Program) Endpoints() []stats.Endpoint { return p.endpoints }

func (p *Program) class(name string) *class {
	for _, c := range p.classes {
		if c.name == name {
			return c
		}
	}
	return nil
}
