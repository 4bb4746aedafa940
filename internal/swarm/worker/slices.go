package worker

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// slicer sums samples up in one-second slices, for our own master. It is used by the
// reporting goroutine alone.
type slicer struct {
	endpoints []stats.Endpoint
	tallies   map[sliceKey]*tally
	errors    map[errorKey]int64
	free      []*tally
	// sealed is the first second that is not complete yet.
	sealed  int64
	encoder stats.Encoder
	// bytes is the memory that tallies and errors take, room what they may take, and lost how
	// many samples and ages found no room.
	bytes, room int
	lost        int64
}

const (
	// slicerRoom is how many bytes of measurements may wait to be reported. A worker has to be
	// unable to report for minutes to fill it.
	slicerRoom = 64 << 20
	// 1/wideShare of the room may be spent on speed: some 80 arrays.
	wideShare = 4
	// tallySize and errorSize are the memory that these take besides histograms and text.
	tallySize, errorSize = 256, 160
	// keptTally is the size up to which a tally's memory is reused, and maxFree how many are
	// kept for that.
	keptTally, maxFree = 4 << 10, 4096
)

// tally is one endpoint's second.
type tally struct {
	*stats.Tally
	retries, redirected int64
	// ages are the ages of the requests that were under way at the second's end.
	ages *stats.Histogram
}

func (t *tally) size() int { return tallySize + t.OK.Size() + t.Failed.Size() + t.ages.Size() }

type sliceKey struct {
	second   int64
	endpoint int
}

type errorKey struct {
	sliceKey
	text   string
	unsent bool
}

// maxErrorKinds bounds how many failure texts one report may carry; the rest are counted together.
const maxErrorKinds = 500

func newSlicer(endpoints []stats.Endpoint) *slicer {
	return &slicer{endpoints: endpoints, tallies: map[sliceKey]*tally{}, errors: map[errorKey]int64{}, room: slicerRoom}
}

// add takes a sample that ended; until is the first second that is not over.
func (s *slicer) add(e *outcome, until int64) {
	began := e.at - e.nanos/1000
	s.cross(flight{since: began, endpoint: e.endpoint}, e.second()+1, until)
	key := sliceKey{e.second(), e.endpoint}
	if e.unsent {
		s.fail(errorKey{key, e.failure, true})
		return
	}
	added := s.change(key, func(t *tally) {
		t.Bytes += e.bytes
		t.retries += int64(e.retries)
		if e.redirected {
			t.redirected++
		}
		if e.failure == "" {
			t.OK.Record(time.Duration(e.nanos))
		} else {
			t.Failed.Record(time.Duration(e.nanos))
		}
	})
	if added && e.failure != "" {
		s.fail(errorKey{key, e.failure, false})
	}
}

// change adds to a slice, if there is room for it.
func (s *slicer) change(key sliceKey, add func(*tally)) bool {
	if s.bytes > s.room {
		s.lost++
		return false
	}
	t := s.tallies[key]
	if t == nil {
		t = s.tally()
		s.tallies[key] = t
	} else {
		s.bytes -= t.size()
	}
	add(t)
	if s.bytes < s.room/wideShare {
		t.OK.Widen()
		t.Failed.Widen()
	}
	s.bytes += t.size()
	return true
}

// fly takes a request that is still under way.
func (s *slicer) fly(f flight, until int64) { s.cross(f, until+1, until) }

// cross notes the age of a request at the end of each second at which it was under way:
// those from its beginning to ended, the second after the one in which it ended, that are
// over and were not handled before.
func (s *slicer) cross(f flight, ended, until int64) {
	first := max(unixSecond(f.since)+1, s.sealed+1)
	for end := first; end < ended && end <= until; end++ {
		s.change(sliceKey{end - 1, f.endpoint}, func(t *tally) { t.ages.RecordN(end*1e6-f.since, 1) })
	}
}

// seal says that everything up to the second until has been added.
func (s *slicer) seal(until int64) { s.sealed = until }

func (s *slicer) fail(key errorKey) {
	if _, known := s.errors[key]; !known && len(s.errors) >= maxErrorKinds {
		key.text = locust.OtherErrors
	}
	if _, known := s.errors[key]; !known {
		if s.bytes > s.room {
			s.lost++
			return
		}
		s.bytes += errorSize + len(key.text)
	}
	s.errors[key]++
}

func (s *slicer) tally() *tally {
	last := len(s.free) - 1
	if last < 0 {
		return &tally{Tally: stats.NewTally(), ages: stats.NewHistogram()}
	}
	t := s.free[last]
	s.free = s.free[:last]
	return t
}

// take moves all slices before the Unix second until into r, in order.
func (s *slicer) take(until int64, r *wire.Report) error {
	for _, key := range s.keys(until) {
		slice, err := s.encode(key)
		if err != nil {
			return err
		}
		r.Slices = append(r.Slices, slice)
	}
	for key, n := range s.errors {
		if key.second < until {
			e := s.endpoints[key.endpoint]
			r.Errors = append(r.Errors, wire.ReportError{
				Second: key.second, Method: e.Method, Name: e.Name, Error: key.text, Occurrences: n, Unsent: key.unsent,
			})
			delete(s.errors, key)
			s.bytes -= errorSize + len(key.text)
		}
	}
	slices.SortFunc(r.Errors, func(a, b wire.ReportError) int {
		return cmp.Or(cmp.Compare(a.Second, b.Second), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Error, b.Error))
	})
	return nil
}

func (s *slicer) keys(until int64) []sliceKey {
	var keys []sliceKey
	for key := range s.tallies {
		if key.second < until {
			keys = append(keys, key)
		}
	}
	return slices.SortedFunc(slices.Values(keys), func(a, b sliceKey) int {
		return cmp.Or(cmp.Compare(a.second, b.second), cmp.Compare(a.endpoint, b.endpoint))
	})
}

// encode takes one slice out and keeps its memory for the next.
func (s *slicer) encode(key sliceKey) (wire.ReportSlice, error) {
	t, e := s.tallies[key], s.endpoints[key.endpoint]
	out := wire.ReportSlice{Second: key.second, Method: e.Method, Name: e.Name, Bytes: t.Bytes, Overflow: t.Overflow(), Retries: t.retries, Redirected: t.redirected}
	s.bytes -= t.size()
	for _, part := range []struct {
		to   *[]byte
		from *stats.Histogram
	}{{&out.OK, t.OK}, {&out.Failed, t.Failed}, {&out.InFlight, t.ages}} {
		var err error
		if *part.to, err = s.encodeHistogram(part.from); err != nil {
			return out, fmt.Errorf("reporting %s %s: %w", e.Method, e.Name, err)
		}
		part.from.Reset()
	}
	delete(s.tallies, key)
	t.Bytes, t.retries, t.redirected = 0, 0, 0
	if t.size() <= keptTally && len(s.free) < maxFree {
		s.free = append(s.free, t)
	}
	return out, nil
}

// takeLost returns how many samples and ages had no room since the last time.
func (s *slicer) takeLost() int64 {
	n := s.lost
	s.lost = 0
	return n
}

func (s *slicer) encodeHistogram(h *stats.Histogram) ([]byte, error) {
	if h.Count() == 0 {
		return nil, nil
	}
	return s.encoder.Encode(h)
}
