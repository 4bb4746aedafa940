package locustsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// atLeast compares versions; ours counts as the newest.
func (m *Master) atLeast(want ...int) bool {
	if m.ours() {
		return true
	}
	var have []int
	for part := range strings.SplitSeq(m.version, ".") {
		n, _ := strconv.Atoi(part)
		have = append(have, n)
	}
	return slices.Compare(have, want) >= 0
}

// RoundTrip implements http.RoundTripper: the network between client and master.
func (m *Master) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	down, hung := m.knobs.Down, m.knobs.Hung
	m.mu.Unlock()
	if down {
		return nil, fmt.Errorf("dialing %s: %w", r.URL.Host, syscall.ECONNREFUSED)
	}
	if hung {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

type route struct {
	methods []string
	serve   http.HandlerFunc
}

func (m *Master) routes() map[string]route {
	change, get := []string{http.MethodPost}, []string{http.MethodGet, http.MethodHead}
	if !m.atLeast(2, 47) {
		change = get
	}
	routes := map[string]route{
		"/swarm":              {[]string{http.MethodPost}, m.serveSwarm},
		"/stop":               {change, m.serveStop},
		"/stats/reset":        {change, m.serveReset},
		"/stats/requests":     {get, m.serveStats},
		"/stats/requests/csv": {get, m.serveRequestsCSV},
		"/stats/failures/csv": {get, m.serveFailuresCSV},
		"/exceptions":         {get, m.serveExceptions},
	}
	if m.atLeast(2, 37, 2) {
		routes["/worker-count"] = route{get, m.serveWorkerCount}
	}
	if m.ours() {
		routes[locust.InfoPath] = route{get, m.serveInfo}
		routes[locust.HealthPath] = route{get, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }}
		routes[locust.StatusPath] = route{get, m.serveStatus}
		routes[locust.SlicesPath] = route{get, m.serveSlices}
		routes[locust.LeasePath] = route{[]string{http.MethodPost, http.MethodDelete}, m.serveLease}
	}
	return routes
}

// ServeHTTP implements http.Handler.
func (m *Master) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.note(r)
	if m.intercept(w, r) {
		return
	}
	route, ok := m.routes()[r.URL.Path]
	allow := strings.Join(append(slices.Clone(route.methods), http.MethodOptions), ", ")
	switch {
	case !ok:
		page(w, http.StatusNotFound, "<title>404 Not Found</title>")
	case slices.Contains(route.methods, r.Method):
		route.serve(w, r)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allow)
	default:
		w.Header().Set("Allow", allow)
		page(w, http.StatusMethodNotAllowed, "<title>405 Method Not Allowed</title>")
	}
}

// note records the request and, if it is the lease holder's, renews the lease.
func (m *Master) note(r *http.Request) {
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		_ = r.ParseForm()
	}
	req := Request{At: time.Now(), Method: r.Method, Path: r.URL.Path, Form: r.PostForm, Lease: r.Header.Get(locust.LeaseHeader)}
	var hook func(Request)
	m.do(func(now time.Time) {
		m.requests = append(m.requests, req)
		hook = m.onRequest
		if m.lease != nil && m.lease.Holder == req.Lease {
			m.leaseEnd = now.Add(seconds(m.lease.TTLSeconds))
		}
	})
	if hook != nil {
		hook(req)
	}
}

func (m *Master) intercept(w http.ResponseWriter, r *http.Request) bool {
	m.mu.Lock()
	login, status := m.knobs.Login, m.knobs.Status[r.URL.Path]
	m.mu.Unlock()
	switch {
	case status != 0:
		page(w, status, http.StatusText(status))
	case login == LoginRedirect:
		http.Redirect(w, r, "/login?next="+r.URL.Path, http.StatusFound)
	case login == LoginPage:
		page(w, http.StatusOK, "Locust auth exception: login_manager has no user_loader")
	default:
		return false
	}
	return true
}

func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

func writeJSON(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		page(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b)
}

func (m *Master) serveSwarm(w http.ResponseWriter, r *http.Request) {
	users, errUsers := strconv.Atoi(r.PostFormValue("user_count"))
	rate, errRate := strconv.ParseFloat(r.PostFormValue("spawn_rate"), 64)
	if bad := errors.Join(errUsers, errRate); bad != nil || users < 0 || rate <= 0 {
		if !m.atLeast(2, 33) {
			page(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
		refuse(w, "Missing or invalid user_count or spawn_rate from /swarm request")
		return
	}
	runTime, _ := time.ParseDuration(r.PostFormValue("run_time"))
	empty, stopping, shape := false, false, ""
	m.do(func(now time.Time) {
		empty = m.live() == 0
		stopping = m.ours() && m.state == locust.StateStopping
		if shape = m.knobs.Shape; shape != "" {
			users, runTime = 3, 0
		}
		if !empty && !stopping {
			m.swarm(now, users, rate, runTime)
		}
	})
	switch {
	case stopping:
		refuse(w, "the last load is still stopping; wait until the state is stopped")
	case empty && m.ours():
		refuse(w, "no workers are connected; start some and wait for worker_count")
	case shape != "":
		writeJSON(w, map[string]any{"success": true, "message": "Swarming started using shape class '" + shape + "'", "host": r.PostFormValue("host")})
	default: // a Python master says so even without workers (locust-protocol.md 28)
		writeJSON(w, map[string]any{"success": true, "message": "Swarming started", "host": r.PostFormValue("host")})
	}
}

func refuse(w http.ResponseWriter, why string) {
	writeJSON(w, map[string]any{"success": false, "message": why})
}

// serveStop answers when the load has stopped.
func (m *Master) serveStop(w http.ResponseWriter, r *http.Request) {
	var left time.Duration
	m.do(func(now time.Time) {
		m.stop(now)
		if m.state == locust.StateStopping && !m.knobs.Hasty {
			left = m.stopBy.Sub(now) + tick
		}
	})
	if wait(r.Context(), left) {
		writeJSON(w, map[string]any{"success": true, "message": "Test stopped"})
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (m *Master) serveReset(w http.ResponseWriter, _ *http.Request) {
	m.do(func(time.Time) {
		for e := range m.entries { // entries stay, with zeros
			m.entries[e] = newEntry()
		}
		m.knobs.Exceptions = nil
	})
	page(w, http.StatusOK, "ok")
}

func (m *Master) live() int {
	n := 0
	for _, w := range m.workers {
		if m.registered(w) {
			n++
		}
	}
	return n
}

func (m *Master) serveWorkerCount(w http.ResponseWriter, _ *http.Request) {
	n := 0
	m.do(func(time.Time) { n = m.live() })
	writeJSON(w, map[string]int{"worker_count": n})
}

func (m *Master) serveExceptions(w http.ResponseWriter, _ *http.Request) {
	list := []locust.Exception{}
	m.do(func(time.Time) { list = append(list, m.knobs.Exceptions...) })
	writeJSON(w, map[string]any{"exceptions": list})
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
