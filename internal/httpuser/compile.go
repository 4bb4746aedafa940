package httpuser

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// compiler builds a program and collects everything wrong with it.
type compiler struct {
	lookup  func(string) (string, bool)
	program Program
	ids     map[stats.Endpoint]int
	errs    []error
}

func (c *compiler) fail(path string, err error) {
	c.errs = append(c.errs, fmt.Errorf("%s: %w", path, err))
}

func (c *compiler) class(path string, u *v1alpha1.UserClass) {
	if weightOf(u.Weight) == 0 {
		return // no user is ever of this class
	}
	out := &class{name: u.Name}
	if u.Name == "" || c.program.class(u.Name) != nil {
		c.fail(path+".name", fmt.Errorf("%q is empty or used twice", u.Name))
	}
	var err error
	if out.wait, err = compileWait(u.Wait); err != nil {
		c.fail(path+".wait", err)
	}
	if len(u.Tasks) == 0 {
		c.fail(path+".tasks", errors.New("no tasks"))
	}
	var weights []float64
	for i := range u.Tasks {
		w := weightOf(u.Tasks[i].Weight)
		if w == 0 {
			continue // never chosen, so it has no row and needs no variables
		}
		out.tasks = append(out.tasks, c.task(fmt.Sprintf("%s.tasks[%d]", path, i), &u.Tasks[i]))
		weights = append(weights, w)
	}
	if out.pick, err = newPicker(weights); err != nil {
		c.fail(path+".tasks", err)
	}
	c.program.classes = append(c.program.classes, out)
}

// weightOf is 1 if the swarmfile gives none.
func weightOf(w *float64) float64 {
	if w == nil {
		return 1
	}
	return *w
}

// wanted writes "200", "200 or 201".
func wanted(statuses []int) string {
	var texts []string
	for _, s := range statuses {
		texts = append(texts, strconv.Itoa(s))
	}
	return strings.Join(texts, " or ")
}

func (c *compiler) task(path string, in *v1alpha1.Task) *task {
	r := &in.Request
	t := &task{method: strings.ToUpper(r.Method), written: r.Path, expect: in.Expect.Status, wanted: wanted(in.Expect.Status), timeout: DefaultTimeout}
	if t.method == "" {
		t.method = http.MethodGet
	}
	if r.Timeout != nil && r.Timeout.Duration > 0 {
		t.timeout = r.Timeout.Duration
	}
	t.late = "timeout after " + shortDuration(t.timeout)
	t.endpoint = c.endpoint(stats.Endpoint{Method: t.method, Name: in.Name})
	t.target = c.target(path+".request.path", r.Path)
	t.headers = c.headers(path+".request.headers", r.Headers)
	t.body = c.body(path+".request", r)
	if r.JSON != nil {
		t.headers.setDefault("Content-Type", "application/json")
	}
	t.headers.setDefault("User-Agent", "swarmgrid")
	return t
}

func (c *compiler) endpoint(e stats.Endpoint) int {
	id, ok := c.ids[e]
	if !ok {
		id = len(c.program.endpoints)
		c.ids[e] = id
		c.program.endpoints = append(c.program.endpoints, e)
	}
	return id
}

// template finishes what Parse or ParseJSON returned: it fills in variables, whose values
// must keep rule. On an error it returns an empty template.
func (c *compiler) template(path string, t *template.Template, err error, rule func(string) error) *template.Template {
	if err == nil {
		t, err = t.Resolve(func(name string) (string, error) { return c.variable(name, rule) })
	}
	if err != nil {
		c.fail(path, err)
		return &template.Template{}
	}
	return t
}

// variable looks one up. Its value may be a secret and stays out of messages.
func (c *compiler) variable(name string, rule func(string) error) (string, error) {
	value, ok := c.lookup(name)
	if !ok {
		return "", fmt.Errorf("environment variable %s is not set", name)
	}
	if err := rule(value); err != nil {
		return "", fmt.Errorf("environment variable %s %w", name, err)
	}
	return value, nil
}

// anything is the rule of paths and bodies: the former are escaped, the latter opaque.
func anything(string) error { return nil }

// target compiles a path. Its fragment is dropped, as in browsers; a # that a template call
// writes does not begin one, and is escaped.
func (c *compiler) target(path, text string) *template.Template {
	if !strings.HasPrefix(text, "/") {
		c.fail(path, fmt.Errorf("%q does not begin with /", text))
	}
	t, err := template.Parse(text)
	if err == nil {
		t = t.Before("#")
	}
	return c.template(path, t, err, anything)
}

func (c *compiler) body(path string, r *v1alpha1.Request) *template.Template {
	switch {
	case r.JSON != nil && r.Body != "":
		c.fail(path, errors.New("both json and body are set; keep one"))
	case r.JSON != nil:
		t, err := template.ParseJSON(r.JSON.Raw)
		return c.template(path+".json", t, err, template.JSON)
	case r.Body != "":
		t, err := template.Parse(r.Body)
		return c.template(path+".body", t, err, anything)
	}
	return nil
}

func (c *compiler) headers(path string, in map[string]string) headers {
	var h headers
	for _, key := range slices.Sorted(maps.Keys(in)) {
		name, rule := http.CanonicalHeaderKey(key), template.Header
		if name == "Host" {
			rule = template.Host
		}
		t, err := template.Parse(in[key])
		h.list = append(h.list, header{name, c.template(path+"."+key, t, err, rule)})
	}
	return h
}

func compileWait(w v1alpha1.Wait) (wait, error) {
	switch {
	case w.Constant != nil && len(w.Between) > 0:
		return wait{}, errors.New("both constant and between are set; keep one")
	case w.Constant != nil:
		return newWait(w.Constant.Duration, w.Constant.Duration)
	case len(w.Between) == 2:
		return newWait(w.Between[0].Duration, w.Between[1].Duration)
	case len(w.Between) != 0:
		return wait{}, fmt.Errorf("between has %d durations, want 2", len(w.Between))
	}
	return wait{}, nil
}

func newWait(from, to time.Duration) (wait, error) {
	if from < 0 || to < from {
		return wait{}, fmt.Errorf("%s to %s is not a range of waits", from, to)
	}
	return wait{from, to}, nil
}
