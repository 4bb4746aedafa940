// Package web serves folders of runs to a browser: a list, and each run as internal/page draws
// it. It reads what `swarmgrid report` reads, on request, and changes nothing.
//
// Whoever may ask is decided here: the Host must be ours (DNS rebinding), no other page may
// ask through a browser, and beyond loopback a token is wanted. What is kept is bounded: one
// journal is read at a time, and documents that were made are kept up to cacheBytes.
package web

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/ownhost"
	"github.com/swarmgrid/swarmgrid/internal/page"
)

// Options say what is served to whom.
type Options struct {
	// Roots are directories of runs, or folders of such directories.
	Roots []string
	// Address is where the server listens; AllowedHosts are names under which it may be asked
	// beside localhost and addresses.
	Address      net.Addr
	AllowedHosts []string
	// Token is wanted of everybody; empty for none.
	Token string
}

// site is what the handlers share.
type site struct {
	roots []string
	shell []byte
	// turn is held while a journal is read: one at a time.
	turn      chan struct{}
	documents *cache
	entries   *entries
	// patience is how long the list waits for runs that it has not read yet.
	patience time.Duration
}

// Handler serves the page at /, the list of runs at /api/runs, and a run's page.Document at
// /api/runs/ID.
func Handler(opts Options) (http.Handler, error) {
	s, err := newSite(opts.Roots)
	if err != nil {
		return nil, err
	}
	return guarded(opts, s.routes()), nil
}

func newSite(roots []string) (*site, error) {
	var shell bytes.Buffer
	if err := page.WriteViewer(&shell); err != nil {
		return nil, err
	}
	return &site{
		roots: roots, shell: shell.Bytes(), turn: make(chan struct{}, 1),
		documents: newCache(cacheBytes), entries: newEntries(), patience: time.Second,
	}, nil
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.serveShell)
	mux.HandleFunc("GET /api/runs", s.serveRuns)
	mux.HandleFunc("GET /api/runs/{id}", s.serveRun)
	mux.HandleFunc("GET /api/", serveNothing)
	return mux
}

// guarded lets through who may ask.
func guarded(opts Options, next http.Handler) http.Handler {
	own := ownhost.Names{Address: opts.Address, Allowed: opts.AllowedHosts}
	return withHeaders(own.Guard("this viewer", fromOwnPages(wantToken(opts.Token, cookieName(opts.Address), next))))
}

// withHeaders tells browsers to keep nothing, to run nothing that is not ours, and to show us in
// nobody's frame.
func withHeaders(next http.Handler) http.Handler {
	headers := map[string]string{
		"Cache-Control":                "no-store",
		"Content-Security-Policy":      page.ViewerPolicy() + "; frame-ancestors 'none'",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

func (s *site) serveShell(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(s.shell) // a browser that went away misses nothing
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "encoding the answer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(b, '\n'))
}

func refuse(w http.ResponseWriter, code int, text string) {
	writeJSON(w, code, map[string]string{"error": text})
}
