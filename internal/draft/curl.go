package draft

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/template"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Curl is a request in curl's options, as they were given; empty ones were not given.
type Curl struct {
	URL     string
	Method  string   // -X
	Headers []string // -H
	Data    []string // -d
	// Think, Timeout and Expect are not curl's: --think, --request-timeout, --expect.
	Think, Timeout, Expect string
	// ReadFile reads what -d @NAME names.
	ReadFile func(name string) ([]byte, error)
}

// Request is what users send again and again.
type Request struct {
	// Base is the target's URL: scheme, host and port.
	Base string
	// Shown is path and query for people, without secrets.
	Shown string
	Task  Task
	// Think is the wait between two requests of a user.
	Think time.Duration
	// Secrets are the values that Task has only by the names of variables.
	Secrets Secrets
}

// Title is the request for people.
func (r Request) Title() string { return r.Task.Method + " " + r.Shown }

// MostData bounds the body, so that the swarmfile stays readable.
const MostData = 256 << 10

// Request interprets the options. Its error is a *experiment.Error with every problem.
func (c Curl) Request() (*Request, error) {
	r := &request{Request: Request{Secrets: Secrets{}, Task: Task{Method: http.MethodGet}}, name: c.URL}
	r.url(c.URL)
	r.headers(c.Headers)
	r.data(c)
	r.method(c.Method)
	r.Think = r.duration("--think", c.Think, 0)
	r.Task.Timeout = r.duration("--request-timeout", c.Timeout, time.Millisecond)
	r.expect(c.Expect)
	if len(r.problems) > 0 {
		return nil, &experiment.Error{File: r.name, Problems: r.problems}
	}
	return &r.Request, nil
}

// request collects a Request and everything wrong with it.
type request struct {
	Request
	name     string
	problems []experiment.Problem
}

func (r *request) bad(option, format string, args ...any) {
	r.problems = append(r.problems, experiment.Problem{Path: option, Message: fmt.Sprintf(format, args...)})
}

// url keeps the user's own spelling of path and query.
func (r *request) url(text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		if strings.Contains(text, "@") {
			r.name = "URL" // what is before it may be a password
		}
		r.bad("", "is not a URL as in http://127.0.0.1:8000/search?q=a")
		return
	case u.User != nil:
		r.name = u.Redacted()
		r.bad("", "holds a user name or password; give -H 'Authorization: Basic …' instead, which is not kept with the results")
		return
	case !utf8.ValidString(text):
		r.bad("", "is not UTF-8; write other bytes as %%XX")
	}
	r.Base = u.Scheme + "://" + u.Host
	r.name = r.Base
	_, after, _ := strings.Cut(text, "://")
	after, _, _ = strings.Cut(after, "#") // as browsers and curl do
	path := "/"
	if at := strings.IndexAny(after, "/?"); at >= 0 {
		path = "/" + strings.TrimPrefix(after[at:], "/")
	}
	path, query, asks := strings.Cut(path, "?")
	r.Task.Name = shorten(tame(path), longestName)
	r.Task.Path = template.Escape(path)
	r.Shown = r.Task.Name
	if asks {
		r.query(query)
	}
}

// longestName bounds a task's name, in bytes, and leaves room for the ellipsis.
const longestName = 190

// shorten cuts text to at most that many bytes.
func shorten(text string, most int) string { return words.Cut(text, most, "…") }

func (r *request) query(text string) {
	kept := strings.Split(text, "&")
	shown := slices.Clone(kept)
	for i, part := range kept {
		name, value, has := strings.Cut(part, "=")
		kept[i] = template.Escape(name)
		if has {
			kept[i] += "=" + r.Secrets.keep("QUERY_", name, value)
		}
		if has && looksSecret(name, value) {
			shown[i] = name + "=…"
		}
	}
	r.Task.Path += "?" + strings.Join(kept, "&")
	r.Shown = shorten(tame(r.Shown+"?"+strings.Join(shown, "&")), longestName)
}

func (r *request) headers(given []string) {
	seen := map[string]bool{}
	for _, text := range given {
		name, value, ok := strings.Cut(text, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch canonical := http.CanonicalHeaderKey(name); {
		case !ok || name == "" || value == "":
			r.bad("-H", "is %q, must be a name and a value, as in 'Accept: application/json'", redacted(text))
		case !utf8.ValidString(text):
			r.bad("-H", "has a %s that is not UTF-8", strconv.Quote(name))
		case seen[canonical]:
			r.bad("-H", "gives %s twice; give each header once", canonical)
		default:
			seen[canonical] = true
			r.Task.Headers = append(r.Task.Headers, Header{name, r.Secrets.keep("", name, value)})
		}
	}
}

// redacted shows the part of a malformed header that cannot be a secret.
func redacted(text string) string {
	if len(text) > 16 || looksSecret(text, text) {
		return text[:min(len(text), 4)] + "…"
	}
	return text
}

// formType is what curl sends with -d.
const formType = "application/x-www-form-urlencoded"

func (r *request) data(c Curl) {
	if len(c.Data) == 0 {
		return
	}
	var parts []string
	for _, text := range c.Data {
		if name, isFile := strings.CutPrefix(text, "@"); isFile {
			data, err := c.ReadFile(name)
			if err != nil {
				r.bad("-d", "%v", err)
			}
			text = string(data)
		}
		parts = append(parts, text)
	}
	body := strings.Join(parts, "&")
	switch {
	case len(body) > MostData:
		r.bad("-d", "is %d bytes, at most %d are taken; write a swarmfile for more", len(body), MostData)
	case !utf8.ValidString(body):
		r.bad("-d", "is not text in UTF-8, which a swarmfile can hold; give other bytes with a locustfile (--engine locust --load FILE)")
	}
	r.Task.Method, r.Task.Body = http.MethodPost, template.Escape(body)
	if !r.has("Content-Type") {
		r.Task.Headers = append(r.Task.Headers, Header{"Content-Type", formType})
	}
}

func (r *request) has(name string) bool {
	return slices.ContainsFunc(r.Task.Headers, func(h Header) bool { return http.CanonicalHeaderKey(h.Name) == name })
}

func (r *request) method(given string) {
	if given == "" {
		return
	}
	r.Task.Method = strings.ToUpper(given)
	if !slices.Contains(experiment.Methods(), r.Task.Method) {
		r.bad("-X", "is %q, must be one of %s", given, strings.Join(experiment.Methods(), ", "))
	}
}

func (r *request) duration(option, given string, atLeast time.Duration) time.Duration {
	if given == "" {
		return 0
	}
	d, err := experiment.ParseDuration(given, false)
	switch {
	case err != nil:
		r.bad(option, "%v", err)
	case d < atLeast || d > time.Hour:
		r.bad(option, "is %v, must be %v to 1h", d, atLeast)
	}
	return d
}

func (r *request) expect(given string) {
	if given == "" {
		return
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 100 || n > 599 {
		r.bad("--expect", "is %q, must be a status, 100 to 599", given)
	}
	r.Task.Expect = n
}
