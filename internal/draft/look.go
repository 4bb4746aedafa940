package draft

import (
	"context"
	"fmt"
	"strings"
)

// Answer is a service's answer to a GET.
type Answer struct {
	Status int
	Body   []byte
}

// ok tells whether it is a 2xx.
func (a Answer) ok() bool { return a.Status >= 200 && a.Status < 300 }

// closed tells whether it asks for credentials.
func (a Answer) closed() bool { return a.Status == 401 || a.Status == 403 }

// Get asks a service for a path. Its error says that there was no answer at all.
type Get func(ctx context.Context, path string) (Answer, error)

// Seen is what a service shows of itself.
type Seen struct {
	// ReadyPath answers a health check; empty when no path with such a name does.
	ReadyPath string
	// Answers is another path that answers; empty when none is known.
	Answers string
	// API is nil without an OpenAPI document. APIPath is where it is.
	API     *API
	APIPath string
	// Notes are for the person who asked.
	Notes []string
}

// healthPaths are common names of health checks, the best first: ready says more than alive.
func healthPaths() []string {
	return []string{"/healthz", "/readyz", "/health/ready", "/ready", "/health", "/actuator/health", "/livez", "/health/live", "/api/health", "/ping"}
}

// apiPaths are where frameworks serve an OpenAPI document as JSON.
func apiPaths() []string {
	return []string{"/openapi.json", "/swagger.json", "/v3/api-docs", "/v2/api-docs", "/api-docs", "/swagger/v1/swagger.json", "/api/openapi.json", "/api-json", "/docs/openapi.json"}
}

// nowhere is a path that no service has: one that answers it answers everything.
const nowhere = "/no-such-path-92c1f0"

// Look asks a service for what it is likely to have, with one GET each.
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

// paths are some that the service's own document describes.
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

// note says what the answer to a path that does not exist means for all others.
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

// api takes the document in an answer, if it is one. usual is the status for paths that do not exist.
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

// looksLikeJSON tells a document, even a broken one, from a page.
func looksLikeJSON(body []byte) bool {
	return strings.HasPrefix(strings.TrimSpace(string(body[:min(len(body), 512)])), "{")
}
