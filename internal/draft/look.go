package draft

import (
	"context"
	"fmt"
	"strings"
)

// Answer is what a service said to a GET.
type Answer struct {
	Status int
	Body   []byte
}

// ok tells whether it is a 2xx.
func (a Answer) ok() bool { return a.Status >= 200 && a.Status < 300 }

// closed tells whether somebody else would have been let in.
func (a Answer) closed() bool { return a.Status == 401 || a.Status == 403 }

// Get asks a service for a path. Its error says that there was no answer at all.
type Get func(ctx context.Context, path string) (Answer, error)

// Seen is what a service shows to whoever looks.
type Seen struct {
	// ReadyPath answers a health check; empty when nothing that is called like one does.
	ReadyPath string
	// Answers is another path that answers; empty when none is known.
	Answers string
	// API is nil without an OpenAPI document. APIPath is where it is.
	API     *API
	APIPath string
	// Notes are for the person who looks.
	Notes []string
}

// healthPaths are what health checks are called, the best first: ready says more than alive.
func healthPaths() []string {
	return []string{"/healthz", "/readyz", "/health/ready", "/ready", "/health", "/actuator/health", "/livez", "/health/live", "/api/health", "/ping"}
}

// apiPaths are where frameworks show an OpenAPI document as JSON.
func apiPaths() []string {
	return []string{"/openapi.json", "/swagger.json", "/v3/api-docs", "/v2/api-docs", "/api-docs", "/swagger/v1/swagger.json", "/api/openapi.json", "/api-json", "/docs/openapi.json"}
}

// nowhere is a path that no service has. One that answers it answers everything.
const nowhere = "/no-such-path-92c1f0"

// Look asks a service for what it is likely to have, a GET each.
func Look(ctx context.Context, get Get) (Seen, error) {
	var seen Seen
	lost, err := get(ctx, nowhere)
	if err != nil {
		return seen, err
	}
	if note := lost.note(); note != "" {
		seen.Notes = append(seen.Notes, note)
	}
	if !lost.ok() {
		if seen.ReadyPath, err = firstOK(ctx, get, healthPaths()); err != nil {
			return seen, err
		}
	}
	for _, path := range apiPaths() {
		a, err := get(ctx, path)
		if err != nil {
			return seen, err
		}
		if found := seen.api(path, a, lost.Status); found {
			break
		}
	}
	seen.Answers, err = firstOK(ctx, get, append([]string{"/"}, seen.paths()...))
	return seen, err
}

// paths are some that the service describes itself.
func (s *Seen) paths() []string {
	var paths []string
	if s.API != nil {
		for _, t := range s.API.Tasks[:min(len(s.API.Tasks), 5)] {
			if len(t.Headers) == 0 && !strings.Contains(t.Path, "{{") {
				paths = append(paths, t.Path)
			}
		}
	}
	return paths
}

func firstOK(ctx context.Context, get Get, paths []string) (string, error) {
	for _, path := range paths {
		a, err := get(ctx, path)
		if err != nil {
			return "", err
		}
		if a.ok() {
			return path, nil
		}
	}
	return "", nil
}

// note says what the answer to a path that is not there tells of all others.
func (a Answer) note() string {
	switch {
	case a.ok():
		return "every path is answered, so that a health check cannot be told from a page"
	case a.closed():
		return fmt.Sprintf("a path that is not there is answered %d: what needs a login cannot be looked at; give the tasks a header for it", a.Status)
	case a.Status >= 300 && a.Status < 400:
		return fmt.Sprintf("a path that is not there is redirected (%d), perhaps to a login: see with plan --try what the tasks really get", a.Status)
	}
	return ""
}

// api takes the document in an answer, if it is one. Others are answered usual.
func (s *Seen) api(path string, a Answer, usual int) bool {
	switch {
	case a.closed() && a.Status != usual:
		s.Notes = append(s.Notes, fmt.Sprintf("%s is answered %d, so that what it describes could not be read", path, a.Status))
		return false
	case !a.ok() || !looksLikeJSON(a.Body):
		return false
	case len(a.Body) > MostDocument:
		s.Notes = append(s.Notes, fmt.Sprintf("%s is more than the %d bytes that are read", path, MostDocument))
		return false
	}
	api, err := OpenAPI(a.Body)
	if err != nil {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: %v", path, err))
		return false
	}
	s.API, s.APIPath = api, path
	return true
}

// looksLikeJSON tells a document, be it a broken one, from a page.
func looksLikeJSON(body []byte) bool {
	return strings.HasPrefix(strings.TrimSpace(string(body[:min(len(body), 512)])), "{")
}
