package master

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/ownhost"
)

// maxBody bounds a request's body; a /swarm form has some hundred bytes.
const maxBody = 64 << 10

// handler is the web API: Locust's routes (docs/master-api.md) and ours. Unlike Locust's it
// sends no CORS header, and refuses posts from pages of other origins and requests for other
// hosts' names.
func (m *Master) handler() http.Handler {
	mux := http.NewServeMux()
	change := []string{http.MethodPost}
	if m.opts.AllowGET {
		change = append(change, http.MethodGet)
	}
	get := []string{http.MethodGet}
	for _, r := range []struct {
		path    string
		methods []string
		serve   http.HandlerFunc
	}{
		{"/{$}", get, m.serveIndex},
		{"/swarm", []string{http.MethodPost}, m.serveSwarm},
		{"/stop", change, m.serveStop},
		{"/stats/reset", change, m.serveReset},
		{"/stats/requests", get, m.large(m.serveStats)},
		{"/stats/requests/csv", get, m.large(m.serveStatsCSV)},
		{"/stats/failures/csv", get, m.large(m.serveFailuresCSV)},
		{"/exceptions", get, m.large(m.serveExceptions)},
		{"/exceptions/csv", get, m.large(m.serveExceptionsCSV)},
		{"/worker-count", get, m.serveWorkerCount},
		{"/tasks", get, m.serveTasks},
		{"/logs", get, m.large(m.serveLogs)},
		{locust.InfoPath, get, m.serveInfo},
		{locust.HealthPath, get, m.serveHealth},
		{locust.StatusPath, get, m.large(m.serveStatus)},
		{locust.SlicesPath, get, m.large(m.serveSlices)},
		{locust.LeasePath, []string{http.MethodPost, http.MethodDelete}, m.serveLease},
	} {
		mux.Handle(r.path, only(r.methods, r.serve))
	}
	h := http.NewCrossOriginProtection().Handler(m.renewing(mux))
	own := ownhost.Names{Address: m.web.Addr(), Allowed: m.opts.AllowedHosts}
	return http.MaxBytesHandler(own.Guard("this master", h), maxBody)
}

// only lets the given methods through. It answers OPTIONS, by which the client learns the
// verb, and 405 to all others.
func only(methods []string, serve http.HandlerFunc) http.Handler {
	allow := strings.Join(append(slices.Clone(methods), http.MethodOptions), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		switch {
		case slices.Contains(methods, method):
			w.Header().Set("Cache-Control", "no-store")
			serve(w, r)
		case r.Method == http.MethodOptions:
			w.Header().Set("Allow", allow)
		default:
			w.Header().Set("Allow", allow)
			http.Error(w, "method not allowed; use "+strings.Join(methods, " or "), http.StatusMethodNotAllowed)
		}
	})
}

// renewing takes any request of the lease's holder as a sign of life.
func (m *Master) renewing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if holder := r.Header.Get(locust.LeaseHeader); holder != "" {
			m.do(func(c *core, now time.Time) { c.renewLease(now, holder) })
		}
		next.ServeHTTP(w, r)
	})
}

// writeJSON writes as Locust does, with sorted keys and indented. If the client is gone,
// that does not matter.
func writeJSON(w http.ResponseWriter, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, "encoding answer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, '\n'))
}

func (m *Master) serveIndex(w http.ResponseWriter, _ *http.Request) {
	var state string
	var workers, users int
	m.do(func(c *core, _ time.Time) { state, workers, users = c.state, c.workerCount(), c.userCount() })
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "swarmgrid master %s\n\nstate    %s\nworkers  %d\nusers    %d\n\n"+
		"This master speaks Locust's web API: /stats/requests, /stats/requests/csv, /stats/failures/csv,\n"+
		"/exceptions, /worker-count, and by POST /swarm, /stop, /stats/reset.\n", m.opts.Version, state, workers, users)
}

func (m *Master) serveWorkerCount(w http.ResponseWriter, _ *http.Request) {
	var n int
	m.do(func(c *core, _ time.Time) { n = c.workerCount() })
	writeJSON(w, map[string]int{"worker_count": n})
}

func (m *Master) serveLogs(w http.ResponseWriter, _ *http.Request) {
	logs := map[string][]string{}
	m.do(func(c *core, _ time.Time) {
		for id, l := range c.logs.of {
			logs[id] = slices.Clone(l.lines)
		}
	})
	writeJSON(w, map[string]any{"master": []string{}, "workers": logs})
}

// serveTasks gives the classes' shares; which tasks they have only the workers know.
func (m *Master) serveTasks(w http.ResponseWriter, _ *http.Request) {
	counts := map[string]int{}
	m.do(func(c *core, _ time.Time) {
		for _, worker := range c.workers {
			for class, n := range worker.users {
				counts[class] += n
			}
		}
	})
	shares := map[string]any{}
	for class, n := range counts {
		shares[class] = map[string]any{"ratio": ratio(float64(n), float64(sum(counts))), "tasks": map[string]any{}}
	}
	writeJSON(w, map[string]any{"per_class": shares, "total": shares})
}
