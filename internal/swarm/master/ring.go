package master

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const (
	// ringSeconds is how long slices are kept, where ringRoom is enough for that.
	ringSeconds = 600
	// thawSeconds is how long a second's histograms stay decoded: workers report within two
	// seconds, and a decoded histogram takes several times the memory.
	thawSeconds = 5
	// freezeParts is how many histograms are encoded at once, of 15 µs each.
	freezeParts = 200
	// maxAhead is how far a worker's estimate of our clock may be ahead.
	maxAhead = 5
	// maxErrorKinds bounds the kinds of failure kept per second.
	maxErrorKinds = 200
	// maxPauses bounds the workers whose pauses are kept per second.
	maxPauses = 10_000

	// ringRoom is how many bytes all seconds may take. Beyond that the oldest are dropped, and
	// Slices.Oldest says so.
	ringRoom = 72 << 20
	// secondRoom is how many bytes one second may take. Beyond that, whatever is new in it is
	// counted together.
	secondRoom = 8 << 20
	// ringNames bounds the endpoints, and so what names made of ids can cost.
	ringNames = 5000
)

// What things take besides what they point to.
const (
	cellSize  = 320
	errorSize = 160
	pauseSize = 128
)

// ring keeps the last seconds' slices, merged over the workers.
type ring struct {
	seconds map[int64]*second
	oldest  int64
	names   names
	// bytes is what all seconds take, and room what they may take.
	bytes, room int
	coder       coder
}

// coder has the memory that histograms are encoded and decoded with.
type coder struct {
	stats.Encoder
	stats.Decoder
}

type second struct {
	cells  map[stats.Endpoint]*cell
	errors map[errorKey]int64
	pauses map[string]wire.ReportPause // by worker
	// flown is for how long requests were under way, in microseconds.
	flown int64
	bytes int
	// frozen says that all its histograms are encoded.
	frozen bool
}

type cell struct {
	ok, failed, inFlight part
	bytes, overflow      int64
	retries, redirected  int64
}

func (c *cell) size() int { return c.ok.size() + c.failed.size() + c.inFlight.size() }

type errorKey struct {
	endpoint stats.Endpoint
	text     string
	unsent   bool
}

func newRing() *ring {
	return &ring{seconds: map[int64]*second{}, names: newNames(ringNames), room: ringRoom}
}

// add merges a worker's report and returns how many of its slices and errors are of
// seconds that are not kept, and so are lost.
func (r *ring) add(now int64, worker string, rep report) (lost int) {
	r.expire(now)
	for _, s := range rep.parsed {
		if sec := r.at(now, s.second); sec != nil {
			r.grow(sec.add(&r.coder, r.names.of(s.endpoint), s))
		} else {
			lost++
		}
	}
	for _, e := range rep.Errors {
		if sec := r.at(now, e.Second); sec != nil {
			r.grow(sec.fail(r.names.of(stats.Endpoint{Method: e.Method, Name: e.Name}), e))
		} else {
			lost++
		}
	}
	for _, p := range rep.Pauses {
		if sec := r.at(now, p.Second); sec != nil {
			r.grow(sec.pause(worker, p))
		}
	}
	for _, f := range rep.Flown {
		if sec := r.at(now, f.Second); sec != nil {
			sec.flown = plus(sec.flown, f.Micros)
		}
	}
	return lost
}

// grow takes bytes into the account and drops the oldest seconds for them.
func (r *ring) grow(bytes int) {
	r.bytes += bytes
	for r.bytes > r.room && len(r.seconds) > 1 {
		r.drop(slices.Min(slices.Collect(maps.Keys(r.seconds))))
	}
}

// drop forgets a second and all before it.
func (r *ring) drop(n int64) {
	r.bytes -= r.seconds[n].bytes
	delete(r.seconds, n)
	r.oldest = max(r.oldest, n+1)
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

// add merges a slice and returns how many bytes more that takes.
func (s *second) add(coder *coder, e stats.Endpoint, in slice) (grown int) {
	if s.bytes > secondRoom {
		e = others()
	}
	c := s.cells[e]
	if c == nil {
		c = &cell{}
		s.cells[e] = c
		grown = cellSize
	}
	grown -= c.size()
	c.ok.merge(&coder.Decoder, in.ok)
	c.failed.merge(&coder.Decoder, in.failed)
	c.inFlight.merge(&coder.Decoder, in.inFlight)
	grown += c.size()
	c.bytes = plus(c.bytes, in.bytes)
	c.overflow = plus(c.overflow, in.overflow)
	c.retries = plus(c.retries, in.retries)
	c.redirected = plus(c.redirected, in.redirected)
	s.bytes += grown
	s.frozen = false
	return grown
}

func (s *second) fail(of stats.Endpoint, e wire.ReportError) (grown int) {
	key := errorKey{of, shorten(e.Error, maxText), e.Unsent}
	if _, ok := s.errors[key]; !ok && len(s.errors) >= maxErrorKinds {
		key = errorKey{of, locust.OtherErrors, e.Unsent}
	}
	if _, ok := s.errors[key]; !ok {
		if len(s.errors) >= 2*maxErrorKinds {
			key.endpoint = others()
		}
		grown = errorSize + len(key.text)
	}
	s.errors[key] = plus(s.errors[key], e.Occurrences)
	s.bytes += grown
	return grown
}

func (s *second) pause(worker string, p wire.ReportPause) (grown int) {
	if _, ok := s.pauses[worker]; !ok {
		if len(s.pauses) >= maxPauses {
			return 0
		}
		grown = pauseSize + len(worker)
	}
	s.pauses[worker] = p
	s.bytes += grown
	return grown
}

// merge adds other. A first contribution is kept as it came, encoded; most
// seconds of a load with one worker are never decoded again.
func (p *part) merge(d *stats.Decoder, other part) {
	switch {
	case other.hist == nil:
	case p.hist == nil && p.encoded == nil:
		// Otherwise the whole message that it came in would be kept.
		p.encoded = bytes.Clone(other.encoded)
	default:
		p.thaw(d)
		p.hist.Merge(other.hist)
		p.encoded = nil
	}
}

func (p *part) thaw(d *stats.Decoder) {
	if p.hist != nil {
		return
	}
	hist, err := d.Decode(p.encoded)
	if err != nil {
		// Cannot be: it was decoded once, or encoded here.
		hist = stats.NewHistogram()
	}
	p.hist = hist
}

// size is the memory that it takes besides itself.
func (p *part) size() int {
	n := cap(p.encoded)
	if p.hist != nil {
		n += p.hist.Size()
	}
	return n
}

// freeze drops the decoded form, and tells whether there was one.
func (p *part) freeze(e *stats.Encoder) bool {
	if p.hist == nil || p.encode(e) == nil {
		return false
	}
	p.hist = nil
	return true
}

// encode returns the encoded form, nil when nothing was recorded.
func (p *part) encode(e *stats.Encoder) []byte {
	if p.encoded == nil && p.hist != nil {
		if b, err := e.Encode(p.hist); err == nil {
			p.encoded = b
		}
	}
	return p.encoded
}

// expire drops what is too old.
func (r *ring) expire(now int64) {
	if now-ringSeconds+1 <= r.oldest {
		return
	}
	r.oldest = now - ringSeconds + 1
	for n := range r.seconds {
		if n < r.oldest {
			r.drop(n)
		}
	}
}

// freeze encodes some of the older seconds.
func (r *ring) freeze(now int64) {
	left := freezeParts
	for n, sec := range r.seconds {
		if n < now-thawSeconds && !sec.frozen && left > 0 {
			r.grow(sec.freeze(&r.coder.Encoder, &left))
		}
	}
}

// freeze encodes histograms as long as any are left, and returns the bytes more that it takes.
func (s *second) freeze(e *stats.Encoder, left *int) (grown int) {
	s.frozen = true
	for _, c := range s.cells {
		before := c.size()
		for _, p := range []*part{&c.ok, &c.failed, &c.inFlight} {
			if p.freeze(e) {
				*left--
			}
		}
		grown += c.size() - before
		if *left <= 0 {
			s.frozen = false
			break
		}
	}
	s.bytes += grown
	return grown
}

// answerRoom is how many bytes of histograms one answer may hold; its first second is always whole.
const answerRoom = 4 << 20

// slices lists [from, to) in order of second and endpoint. When that is too much for one
// answer, it ends early and CompleteUntil says where: the rest is for the next request.
func (r *ring) slices(from, to int64) locust.Slices {
	out := locust.Slices{CompleteUntil: math.MaxInt64, Oldest: r.oldest, Slices: []locust.Slice{}, Errors: []locust.SliceError{}, Pauses: []locust.Pause{}}
	grown, size := 0, 0
	for _, n := range slices.Sorted(maps.Keys(r.seconds)) {
		if n < from || n >= to {
			continue
		}
		if size > answerRoom {
			out.CompleteUntil = n
			break
		}
		grown += r.seconds[n].list(&r.coder.Encoder, n, &out)
		size += r.seconds[n].bytes
	}
	r.grow(grown)
	return out
}

// list encodes what is not encoded yet, and returns by how many bytes that grew.
func (s *second) list(enc *stats.Encoder, n int64, out *locust.Slices) (grown int) {
	for _, e := range slices.SortedFunc(maps.Keys(s.cells), stats.Endpoint.Compare) {
		c := s.cells[e]
		grown -= c.size()
		out.Slices = append(out.Slices, locust.Slice{
			Second: n, Method: e.Method, Name: e.Name,
			OK: string(c.ok.encode(enc)), Failed: string(c.failed.encode(enc)), InFlight: string(c.inFlight.encode(enc)),
			Bytes: c.bytes, Overflow: c.overflow, Retries: c.retries, Redirected: c.redirected,
		})
		grown += c.size()
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
	if s.flown > 0 {
		out.Flown = append(out.Flown, locust.Flown{Second: n, Micros: s.flown})
	}
	s.bytes += grown
	return grown
}

func (k errorKey) compare(o errorKey) int {
	return cmp.Or(k.endpoint.Compare(o.endpoint), cmp.Compare(k.text, o.text))
}
