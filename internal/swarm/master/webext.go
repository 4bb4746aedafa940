package master

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

func (m *Master) serveInfo(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, locust.Info{Protocol: 1, Version: m.opts.Version})
}

func (m *Master) serveHealth(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

func (m *Master) serveStatus(w http.ResponseWriter, _ *http.Request) {
	var s locust.Status
	m.do(func(c *core, now time.Time) { s = c.status(now) })
	writeJSON(w, s)
}

func (c *core) status(now time.Time) locust.Status {
	s := locust.Status{
		State: c.state, NowMicros: now.UnixMicro(), UserCount: c.userCount(), TargetUsers: c.target,
		Workers: []locust.StatusWorker{}, Events: append([]locust.Event{}, c.events...), Lease: c.lease.view(),
	}
	for _, w := range c.sorted() {
		s.Workers = append(s.Workers, locust.StatusWorker{
			ID: w.id, Index: w.index, State: w.state, UserCount: w.userCount(), CPUPercent: w.cpu,
			MemoryBytes: w.memory, Version: w.ready.Version, Slices: w.slices,
			CoveredMicros: w.covered, Requests: w.reported, SilentSeconds: w.silent.Seconds(),
			Classes: len(w.classes), Vitals: vitalsOf(w.vitals),
		})
	}
	return s
}

// vitalsOf are a worker's in the API's words; the two types are one but for that.
func vitalsOf(v *wire.Vitals) *locust.Vitals {
	if v == nil {
		return nil
	}
	return &locust.Vitals{Waits: v.Waits, LongWaits: v.LongWaits, GCMicros: v.GCMicros, Periods: v.Periods, Throttled: v.Throttled, Lags: v.Lags}
}

// serveSlices answers 501 when a worker of the load reported requests without
// slices: then no span of the load is whole.
func (m *Master) serveSlices(w http.ResponseWriter, r *http.Request) {
	from, to, err := span(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out locust.Slices
	var opaque bool
	m.do(func(c *core, now time.Time) {
		c.ring.expire(now.Unix())
		out, opaque = c.ring.slices(from, to), c.opaque
		out.CompleteUntil = min(out.CompleteUntil, c.completeUntil(now))
	})
	if opaque {
		http.Error(w, "a Python worker takes part in this load, and it sends no slices", http.StatusNotImplemented)
		return
	}
	writeJSON(w, out)
}

func span(q url.Values) (from, to int64, err error) {
	from, errFrom := strconv.ParseInt(q.Get("from"), 10, 64)
	to, errTo := strconv.ParseInt(q.Get("to"), 10, 64)
	if errFrom != nil || errTo != nil || from > to {
		return 0, 0, fmt.Errorf("from %q and to %q must be Unix seconds, from not after to", q.Get("from"), q.Get("to"))
	}
	return from, to, nil
}

// The bounds of a lease. A shorter one would end between two polls.
const (
	minLease = 100 * time.Millisecond
	maxLease = time.Hour
	maxName  = 200
)

func (m *Master) serveLease(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodDelete {
		m.releaseLease(w, r.Header.Get(locust.LeaseHeader))
		return
	}
	l, err := readLease(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var ok bool
	var held *locust.Lease
	m.do(func(c *core, now time.Time) {
		ok = c.takeLease(now, l.Holder, time.Duration(l.TTLSeconds*float64(time.Second)))
		held = c.lease.view()
	})
	if !ok {
		http.Error(w, fmt.Sprintf("the load is leased to %q", held.Holder), http.StatusConflict)
		return
	}
	writeJSON(w, held)
}

func (m *Master) releaseLease(w http.ResponseWriter, holder string) {
	ok := false
	m.do(func(c *core, now time.Time) { ok = c.releaseLease(now, holder) })
	if !ok {
		http.Error(w, "the load is leased to another holder", http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func readLease(r *http.Request) (locust.Lease, error) {
	var l locust.Lease
	if err := json.NewDecoder(r.Body).Decode(&l); err != nil {
		return l, fmt.Errorf("reading lease: %w", err)
	}
	if l.Holder == "" || len(l.Holder) > maxName {
		return l, errors.New("holder must be a name of 1 to 200 bytes")
	}
	if !(l.TTLSeconds >= minLease.Seconds() && l.TTLSeconds <= maxLease.Seconds()) {
		return l, fmt.Errorf("ttl_seconds is %g, want %g to %g", l.TTLSeconds, minLease.Seconds(), maxLease.Seconds())
	}
	return l, nil
}
