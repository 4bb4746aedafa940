package draft

import (
	"context"
	"encoding/json"
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
	if lost.ok() {
		seen.Notes = append(seen.Notes, "every path is answered, so that a health check cannot be told from a page")
	} else if seen.ReadyPath, err = firstOK(ctx, get, healthPaths()); err != nil {
		return seen, err
	}
	for _, path := range apiPaths() {
		a, err := get(ctx, path)
		if err != nil {
			return seen, err
		}
		if found := seen.api(path, a); found {
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

// api takes the document in an answer, if it is one.
func (s *Seen) api(path string, a Answer) bool {
	if !a.ok() || !looksLikeJSON(a.Body) {
		return false
	}
	if len(a.Body) > MostDocument {
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

// looksLikeJSON looks at the beginning only: what is cut off is not valid.
func looksLikeJSON(body []byte) bool {
	text := strings.TrimSpace(string(body[:min(len(body), 512)]))
	return strings.HasPrefix(text, "{") && (len(body) > MostDocument || json.Valid(body))
}
