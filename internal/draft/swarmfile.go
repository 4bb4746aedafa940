package draft

import (
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Swarmfile is what one kind of user does.
type Swarmfile struct {
	Name string
	// Head are comments at the top.
	Head []string
	// Think is the wait after each request, the longer of two if they differ; zero for none.
	Think, ThinkUpTo time.Duration
	Tasks            []Task
	// Change is a task that is written as a comment; nil for none.
	Change *Task
	// LeftOut are comments at the end: what the users do not do, and why.
	LeftOut []string
}

// Task is one request. Path, the headers' values and Body are templates.
type Task struct {
	Name, Method, Path string
	Headers            []Header
	Body               string
	Timeout            time.Duration
	// Expect is the one status that is a success; 0 for any below 400.
	Expect int
}

// Header is one request header.
type Header struct{ Name, Value string }

// YAML is the swarmfile's text.
func (s Swarmfile) YAML() []byte {
	var p page
	p.comment("", s.Head...)
	p.line("apiVersion: %s", v1alpha1.APIVersion)
	p.line("kind: %s", v1alpha1.KindSwarmfile)
	p.line("metadata: {name: %s}", scalar(s.Name))
	p.line("spec:")
	p.line("  users:")
	p.line("    - name: Client")
	s.wait(&p)
	p.line("      tasks:")
	for _, t := range s.Tasks {
		t.write(&p)
	}
	if s.Change != nil {
		s.Change.writeChange(&p)
	}
	p.comment("", s.LeftOut...)
	return []byte(p.b.String())
}

func (s Swarmfile) wait(p *page) {
	switch {
	case s.ThinkUpTo > s.Think:
		p.line("      wait: {between: [%v, %v]}   # between two requests of a user", s.Think, s.ThinkUpTo)
	case s.Think > 0:
		p.line("      wait: {constant: %v}   # between two requests of a user", s.Think)
	default:
		p.line("      # No wait: a user sends its next request as soon as it has the answer.")
	}
}

func (t Task) write(p *page) {
	p.line("        - name: %s", scalar(t.Name))
	if t.Method == "GET" && len(t.Headers) == 0 && t.Body == "" && t.Timeout == 0 {
		p.line("          request: {path: %s}", scalar(t.Path))
	} else {
		t.request(p)
	}
	if t.Expect != 0 {
		p.line("          expect: {status: %d}", t.Expect)
	}
}

func (t Task) request(p *page) {
	p.line("          request:")
	p.line("            method: %s", scalar(t.Method))
	p.line("            path: %s", scalar(t.Path))
	if len(t.Headers) > 0 {
		p.line("            headers:")
	}
	for _, h := range t.Headers {
		p.line("              %s: %s", scalar(h.Name), scalar(h.Value))
	}
	if t.Body != "" {
		p.line("            body: %s", scalar(t.Body))
	}
	if t.Timeout > 0 {
		p.line("            timeout: %v", t.Timeout)
	}
}
