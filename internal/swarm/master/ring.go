package master

import (
	"cmp"
	"maps"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const (
	// ringSeconds is how long slices are kept.
	ringSeconds = 600
	// thawSeconds is how long a second's histograms stay decoded: workers report
	// within two seconds, and a decoded histogram takes a hundred times the room.
	thawSeconds = 5
	// maxAhead is how far a worker's estimate of our clock may be ahead.
	maxAhead = 5
	// maxErrorKinds bounds the kinds of failure kept per second.
	maxErrorKinds = 200
)

// ring keeps the last seconds' slices, merged over the workers.
type ring struct {
	seconds map[int64]*second
	oldest  int64
}

type second struct {
	cells  map[stats.Endpoint]*cell
	errors map[errorKey]int64
	pauses map[string]wire.ReportPause // by worker
}

type cell struct {
	ok, failed, inFlight part
	bytes, overflow      int64
	retries              int64
}

type errorKey struct {
	endpoint stats.Endpoint
	text     string
	unsent   bool
}

func newRing() *ring { return &ring{seconds: map[int64]*second{}} }

// add merges a worker's report and returns how many of its slices and errors are of
// seconds that are not kept, and so are lost.
func (r *ring) add(now int64, worker string, rep report) (lost int) {
	r.expire(now)
	for _, s := range rep.samples {
		if sec := r.at(now, s.second); sec != nil {
			sec.add(s)
		} else {
			lost++
		}
	}
	for _, e := range rep.Errors {
		if sec := r.at(now, e.Second); sec != nil {
			sec.fail(e)
		} else {
			lost++
		}
	}
	for _, p := range rep.Pauses {
		if sec := r.at(now, p.Second); sec != nil {
			sec.pauses[worker] = p
		}
	}
	return lost
}

func (s *second) fail(e wire.ReportError) {
	key := errorKey{stats.Endpoint{Method: e.Method, Name: e.Name}, e.Error, e.Unsent}
	if _, ok := s.errors[key]; !ok && len(s.errors) >= maxErrorKinds {
		key.text = locust.OtherErrors
	}
	s.errors[key] += e.Occurrences
}

func (r *ring) at(now, n int64) *second {
	if n < r.oldest || n > now+maxAhead {
		return nil
	}
	if r.seconds[n] == nil {
		r.seconds[n] = &second{cells: map[stats.Endpoint]*cell{}, errors: map[errorKey]int64{}, pauses: map[string]wire.ReportPause{}}
	}
	return r.seconds[n]
}

func (s *second) add(in sample) {
	c := s.cells[in.endpoint]
	if c == nil {
		c = &cell{}
		s.cells[in.endpoint] = c
	}
	c.ok.merge(in.ok)
	c.failed.merge(in.failed)
	c.inFlight.merge(in.inFlight)
	c.bytes += in.bytes
	c.overflow += in.overflow
	c.retries += in.retries
}

// merge adds other. A first contribution is kept as it came, encoded; most
// seconds of a load with one worker are never decoded again.
func (p *part) merge(other part) {
	switch {
	case other.hist == nil:
	case p.hist == nil && p.encoded == nil:
		p.encoded = other.encoded
	default:
		p.thaw()
		p.hist.Merge(other.hist)
		p.encoded = nil
	}
}

func (p *part) thaw() {
	if p.hist != nil {
		return
	}
	hist, err := stats.DecodeHistogram(p.encoded)
	if err != nil {
		// Cannot be: it was decoded once, or encoded here.
		hist = stats.NewHistogram()
	}
	p.hist = hist
}

// freeze lets go of the decoded form.
func (p *part) freeze() {
	if p.encode() != nil {
		p.hist = nil
	}
}

// encode returns the encoded form, nil when nothing was recorded.
func (p *part) encode() []byte {
	if p.encoded == nil && p.hist != nil {
		if b, err := p.hist.Encode(); err == nil {
			p.encoded = b
		}
	}
	return p.encoded
}

// expire drops what is too old and freezes what is old.
func (r *ring) expire(now int64) {
	if now-ringSeconds+1 <= r.oldest {
		return
	}
	r.oldest = now - ringSeconds + 1
	for n, sec := range r.seconds {
		switch {
		case n < r.oldest:
			delete(r.seconds, n)
		case n < now-thawSeconds:
			for _, c := range sec.cells {
				c.ok.freeze()
				c.failed.freeze()
				c.inFlight.freeze()
			}
		}
	}
}

// slices lists [from, to) in order of second and endpoint.
func (r *ring) slices(from, to int64) locust.Slices {
	out := locust.Slices{Oldest: r.oldest, Slices: []locust.Slice{}, Errors: []locust.SliceError{}, Pauses: []locust.Pause{}}
	for _, n := range slices.Sorted(maps.Keys(r.seconds)) {
		if n >= from && n < to {
			r.seconds[n].list(n, &out)
		}
	}
	return out
}

func (s *second) list(n int64, out *locust.Slices) {
	for _, e := range slices.SortedFunc(maps.Keys(s.cells), stats.Endpoint.Compare) {
		c := s.cells[e]
		out.Slices = append(out.Slices, locust.Slice{
			Second: n, Method: e.Method, Name: e.Name,
			OK: string(c.ok.encode()), Failed: string(c.failed.encode()), InFlight: string(c.inFlight.encode()),
			Bytes: c.bytes, Overflow: c.overflow, Retries: c.retries,
		})
	}
	for _, k := range slices.SortedFunc(maps.Keys(s.errors), errorKey.compare) {
		out.Errors = append(out.Errors, locust.SliceError{
			Second: n, Method: k.endpoint.Method, Name: k.endpoint.Name, Error: k.text, Occurrences: s.errors[k], Unsent: k.unsent,
		})
	}
	for _, worker := range slices.Sorted(maps.Keys(s.pauses)) {
		p := s.pauses[worker]
		out.Pauses = append(out.Pauses, locust.Pause{
			Second: n, Worker: worker, StoodMicros: p.StoodMicros, StealMicros: p.StealMicros, GCMicros: p.GCMicros,
		})
	}
}

func (k errorKey) compare(o errorKey) int {
	return cmp.Or(k.endpoint.Compare(o.endpoint), cmp.Compare(k.text, o.text))
}
