package locustsim

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

func (m *Master) serveInfo(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, locust.Info{Protocol: 1, Version: "fake"})
}

func (m *Master) serveStatus(w http.ResponseWriter, _ *http.Request) {
	var s locust.Status
	m.do(func(now time.Time) {
		s = locust.Status{
			State: m.state, NowMicros: now.UnixMicro(), UserCount: m.users(), TargetUsers: m.target,
			Workers: []locust.StatusWorker{}, Events: append([]locust.Event{}, m.events...), Lease: m.lease,
		}
		for i, x := range m.workers {
			if m.registered(x) {
				s.Workers = append(s.Workers, locust.StatusWorker{
					ID: x.id, Index: i, State: m.workerState(x), UserCount: x.users, CPUPercent: m.knobs.CPU, Version: "fake", Slices: !m.knobs.Opaque,
					CoveredMicros: x.reported.UnixMicro(), Requests: x.counted, SilentSeconds: x.silent.Seconds(),
				})
			}
		}
	})
	writeJSON(w, s)
}

func (m *Master) serveSlices(w http.ResponseWriter, r *http.Request) {
	from, errFrom := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
	to, errTo := strconv.ParseInt(r.URL.Query().Get("to"), 10, 64)
	if errFrom != nil || errTo != nil || from > to {
		http.Error(w, "from and to must be Unix seconds", http.StatusBadRequest)
		return
	}
	out := locust.Slices{Slices: []locust.Slice{}, Errors: []locust.SliceError{}, Pauses: []locust.Pause{}}
	opaque := false
	m.do(func(now time.Time) {
		opaque = m.knobs.Opaque && m.served > 0
		out.CompleteUntil = now.Add(-sliceDelay - m.knobs.Late).Unix()
		for s := from; s < min(to, now.Unix()+1); s++ {
			m.slicesOf(s, &out)
			m.troubleOf(s, &out)
		}
	})
	if opaque {
		http.Error(w, "a Python worker takes part in this load, and it sends no slices", http.StatusNotImplemented)
		return
	}
	writeJSON(w, out)
}

func (m *Master) slicesOf(second int64, out *locust.Slices) {
	for _, e := range slices.SortedFunc(maps.Keys(m.seconds[second]), stats.Endpoint.Compare) {
		t := m.seconds[second][e]
		slice := locust.Slice{
			Second: second, Method: e.Method, Name: e.Name, OK: encode(t.OK), Failed: encode(t.Failed), Bytes: t.Bytes, Overflow: m.knobs.Overflow,
		}
		if m.knobs.Corrupt {
			slice.OK = "corrupt"
		}
		out.Slices = append(out.Slices, slice)
		if n := t.Failures(); n > 0 {
			out.Errors = append(out.Errors, locust.SliceError{Second: second, Method: e.Method, Name: e.Name, Error: m.errorText(), Occurrences: n})
		}
	}
}

// troubleOf adds what did not end in a second, and what went wrong with the workers.
func (m *Master) troubleOf(second int64, out *locust.Slices) {
	if !m.active() {
		return
	}
	under := stats.NewHistogram()
	under.RecordN((second+1)*1e6-m.swarmAt.UnixMicro(), int64(m.knobs.Stuck))
	if under.Count() > 0 || m.knobs.Retries+m.knobs.Redirected > 0 {
		out.Slices = append(out.Slices, locust.Slice{Second: second, Method: "GET", Name: "/hang", InFlight: encode(under), Retries: m.knobs.Retries, Redirected: m.knobs.Redirected})
	}
	if m.knobs.Unsent > 0 {
		out.Errors = append(out.Errors, locust.SliceError{Second: second, Method: "GET", Name: "/hang", Error: cmp.Or(m.knobs.Error, "no free local port"), Occurrences: m.knobs.Unsent, Unsent: true})
	}
	if m.knobs.Stood > 0 && len(m.workers) > 0 {
		out.Pauses = append(out.Pauses, locust.Pause{Second: second, Worker: m.workers[0].id, StoodMicros: m.knobs.Stood.Microseconds()})
	}
}

func encode(h *stats.Histogram) string {
	if h.Count() == 0 {
		return ""
	}
	b, err := h.Encode()
	if err != nil {
		return err.Error() // which no client can decode
	}
	return string(b)
}

func (m *Master) serveLease(w http.ResponseWriter, r *http.Request) {
	l := locust.Lease{Holder: r.Header.Get(locust.LeaseHeader)}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&l); err != nil || l.Holder == "" || l.TTLSeconds <= 0 {
			http.Error(w, "reading lease", http.StatusBadRequest)
			return
		}
	}
	held := false
	m.do(func(now time.Time) {
		switch {
		case m.lease != nil && m.lease.Holder != l.Holder:
			held = true
		case r.Method == http.MethodDelete:
			m.lease = nil
		default:
			m.lease, m.leaseEnd = &l, now.Add(seconds(l.TTLSeconds))
		}
	})
	switch {
	case held:
		http.Error(w, `the load is leased to "another"`, http.StatusConflict)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, l)
	}
}
