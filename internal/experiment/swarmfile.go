package experiment

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// validateSwarmfile notes all problems of a defaulted swarmfile.
func (d *document) validateSwarmfile(sf *v1alpha1.Swarmfile) {
	d.validateType(sf.APIVersion, sf.Kind, v1alpha1.KindSwarmfile)
	if len(sf.Spec.Users) == 0 {
		d.addf("spec.users", "is empty, must have at least one kind of user")
	}
	names := map[string]bool{}
	var weights []*float64
	for i, u := range sf.Spec.Users {
		weights = append(weights, u.Weight)
		at := fmt.Sprintf("spec.users[%d]", i)
		d.validateUser(at, u)
		if names[u.Name] {
			d.addf(at+".name", "repeats %q", u.Name)
		}
		names[u.Name] = true
	}
	d.someWeight("spec.users", weights)
}

// className is what a Python class can be called, so that Go and Python workers
// can serve the same master.
var className = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

func (d *document) validateUser(at string, u v1alpha1.UserClass) {
	if !className.MatchString(u.Name) {
		d.addf(at+".name", "is %q, must be letters, digits and '_', not beginning with a digit", u.Name)
	}
	d.validateWeight(at+".weight", u.Weight)
	d.validateWait(at+".wait", u.Wait)
	if len(u.Tasks) == 0 {
		d.addf(at+".tasks", "is empty, must have at least one task")
	}
	var weights []*float64
	for i, t := range u.Tasks {
		d.validateTask(fmt.Sprintf("%s.tasks[%d]", at, i), t)
		weights = append(weights, t.Weight)
	}
	d.someWeight(at+".tasks", weights)
}

func (d *document) validateWeight(path string, w *float64) {
	if *w < 0 || *w > 1e6 {
		d.addf(path, "is %v, must be 0, which means never, to 1000000", *w)
	}
}

// someWeight checks that one of several can be chosen at all.
func (d *document) someWeight(path string, weights []*float64) {
	if len(weights) > 0 && !slices.ContainsFunc(weights, func(w *float64) bool { return *w != 0 }) {
		d.addf(path, "have only weights of 0, which means never; give at least one of them more")
	}
}

func (d *document) validateWait(at string, w v1alpha1.Wait) {
	switch {
	case w.Constant != nil && w.Between != nil:
		d.addf(at, "has constant and between, must have one")
	case w.Constant != nil:
		d.durationIn(at+".constant", w.Constant.Duration, 0, time.Hour)
	case w.Between != nil && len(w.Between) != 2:
		d.addf(at+".between", "has %d values, must have the shortest and the longest wait", len(w.Between))
	case w.Between != nil:
		d.durationIn(at+".between[0]", w.Between[0].Duration, 0, time.Hour)
		d.durationIn(at+".between[1]", w.Between[1].Duration, w.Between[0].Duration, time.Hour)
	}
}

func (d *document) validateTask(at string, t v1alpha1.Task) {
	if strings.TrimSpace(t.Name) == "" || len(t.Name) > 200 {
		d.addf(at+".name", "is %q, must be 1 to 200 characters", t.Name)
	}
	d.validateWeight(at+".weight", t.Weight)
	d.validateRequest(at+".request", t.Request)
	d.validateStatuses(at+".expect.status", t.Expect.Status)
}

func (d *document) validateStatuses(at string, statuses v1alpha1.Statuses) {
	if statuses != nil && len(statuses) == 0 {
		d.addf(at, "is an empty list, which nothing could meet; leave it out for any status below 400")
	}
	for i, status := range statuses {
		each := at
		if _, list := d.sources[at+"[0]"]; list {
			each = fmt.Sprintf("%s[%d]", at, i)
		}
		if d.intIn(each, status, 100, 599); slices.Contains(statuses[:i], status) {
			d.addf(each, "repeats %d", status)
		}
	}
}

// Methods are the HTTP methods that a request may have.
func Methods() []string {
	return []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions,
	}
}

func (d *document) validateRequest(at string, r v1alpha1.Request) {
	d.oneOf(at+".method", r.Method, Methods()...)
	if !strings.HasPrefix(r.Path, "/") {
		d.addf(at+".path", "is %q, must begin with /", r.Path)
	}
	d.validateTemplate(at+".path", r.Path)
	d.validateHeaders(at+".headers", r.Headers)
	if r.JSON != nil && r.Body != "" {
		d.addf(at+".body", "is given beside json; a request has one body")
	}
	d.validateTemplate(at+".body", r.Body)
	d.validateJSON(at+".json", r)
	d.validateTimeout(at+".timeout", r.Timeout)
}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// validateHeaders refuses what would be dropped or altered without a word.
func (d *document) validateHeaders(at string, headers map[string]string) {
	spelled := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		path, canonical := child(at, name), http.CanonicalHeaderKey(name)
		rule := template.Header
		switch canonical {
		case "Host":
			rule = template.Host
		case "Content-Length", "Transfer-Encoding", "Trailer":
			d.addf(path, "cannot be set, it follows from the body; leave it out")
		}
		if !headerName.MatchString(name) {
			d.addf(path, "is not a header name")
		}
		if first, again := spelled[canonical]; again {
			d.addf(path, "is the same header as %q; keep one", first)
		} else {
			spelled[canonical] = name
		}
		d.validateTemplate(path, headers[name], rule)
	}
}

func (d *document) validateTimeout(at string, t *metav1.Duration) {
	if t != nil {
		d.durationIn(at, t.Duration, time.Millisecond, time.Hour)
	}
}

// validateTemplate notes what is wrong with a text and with what it will write.
func (d *document) validateTemplate(at, text string, rules ...func(string) error) {
	t, err := template.Parse(text)
	for _, rule := range rules {
		if err == nil {
			err = t.Check(rule)
		}
	}
	if err != nil {
		d.addf(at, "%v", err)
	}
}

func (d *document) validateJSON(at string, r v1alpha1.Request) {
	if r.JSON == nil {
		return
	}
	if _, err := template.ParseJSON(r.JSON.Raw); err != nil {
		d.addf(at, "%v", err)
	}
}
