package stats

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The outcomes, as the first part of a log line's tag.
const (
	outcomeOK     = "ok"
	outcomeFailed = "failed"
)

// WriteLog writes slices as a HdrHistogram log (V2 histograms, microseconds): one
// interval per second, endpoint and outcome. The tag is outcome:method:name with
// the name in query escaping, since tags hold neither commas nor spaces. Bytes
// are not part of the format and are lost.
func WriteLog(w io.Writer, slices iter.Seq[Slice]) error {
	buffered := bufio.NewWriter(w)
	log := hdrhistogram.NewHistogramLogWriter(buffered)
	if err := log.OutputComment("latencies in microseconds; tag = outcome:method:name"); err != nil {
		return fmt.Errorf("writing histogram log: %w", err)
	}
	if err := log.OutputLogFormatVersion(); err != nil {
		return fmt.Errorf("writing histogram log: %w", err)
	}
	if err := log.OutputLegend(); err != nil {
		return fmt.Errorf("writing histogram log: %w", err)
	}
	for s := range slices {
		if err := writeSlice(log, s); err != nil {
			return fmt.Errorf("writing histogram log: %w", err)
		}
	}
	return buffered.Flush()
}

func writeSlice(log *hdrhistogram.HistogramLogWriter, s Slice) error {
	for _, part := range []struct {
		outcome string
		h       *Histogram
	}{{outcomeOK, s.OK}, {outcomeFailed, s.Failed}} {
		if part.h.Count() == 0 {
			continue
		}
		h := part.h.list().Clone()
		h.SetTag(part.outcome + ":" + s.Endpoint.Method + ":" + url.QueryEscape(s.Endpoint.Name))
		h.SetStartTimeMs(s.Second * 1000)
		h.SetEndTimeMs((s.Second + 1) * 1000)
		if err := log.OutputIntervalPackedHistogram(h); err != nil {
			return err
		}
	}
	return nil
}

// ReadLog yields the intervals of a log that WriteLog wrote, one per second,
// endpoint and outcome. An error ends it.
func ReadLog(r io.Reader) iter.Seq2[Slice, error] {
	return func(yield func(Slice, error) bool) {
		log := hdrhistogram.NewHistogramLogReader(r)
		for {
			s, err := nextSlice(log)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Slice{}, fmt.Errorf("reading histogram log: %w", err))
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

func nextSlice(log *hdrhistogram.HistogramLogReader) (Slice, error) {
	hdr, err := log.NextIntervalHistogram()
	if err != nil {
		return Slice{}, err
	}
	if hdr == nil {
		return Slice{}, io.EOF
	}
	return readSlice(hdr)
}

func readSlice(hdr *hdrhistogram.Histogram) (Slice, error) {
	parts := strings.SplitN(hdr.Tag(), ":", 3)
	if len(parts) != 3 {
		return Slice{}, fmt.Errorf("tag %q is not outcome:method:name", hdr.Tag())
	}
	name, err := url.QueryUnescape(parts[2])
	if err != nil {
		return Slice{}, fmt.Errorf("tag %q: %w", hdr.Tag(), err)
	}
	h, err := adopt(hdr)
	if err != nil {
		return Slice{}, fmt.Errorf("tag %q: %w", hdr.Tag(), err)
	}
	s := Slice{Second: hdr.StartTimeMs() / 1000, Endpoint: Endpoint{Method: parts[1], Name: name}, Tally: NewTally()}
	switch parts[0] {
	case outcomeOK:
		s.OK = h
	case outcomeFailed:
		s.Failed = h
	default:
		return Slice{}, fmt.Errorf("tag %q has an unknown outcome", hdr.Tag())
	}
	return s, nil
}

// adopt takes over a histogram of our geometry.
func adopt(hdr *hdrhistogram.Histogram) (*Histogram, error) {
	if hdr.LowestTrackableValue() != LowestMicros || hdr.HighestTrackableValue() != HighestMicros || hdr.SignificantFigures() != Digits {
		return nil, fmt.Errorf("histogram has geometry %d..%d with %d digits, want %d..%d with %d",
			hdr.LowestTrackableValue(), hdr.HighestTrackableValue(), hdr.SignificantFigures(), LowestMicros, HighestMicros, Digits)
	}
	h := &Histogram{sparse: newSparse()}
	h.sparse.MergeFrom(hdr)
	h.settle()
	return h, nil
}
