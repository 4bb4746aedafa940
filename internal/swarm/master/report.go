package master

import (
	"errors"
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const (
	// maxSlices bounds what one report may cost. Our workers send at most half of it at once.
	maxSlices = 2000
	// maxDecoded is how many bytes a report's histograms may take once decoded.
	maxDecoded = 32 << 20
	// maxRequests is how many requests one histogram may hold, so that sums of many stay exact.
	maxRequests = 1 << 40
)

// report is a wire.Report with its histograms decoded.
type report struct {
	wire.Report
	parsed []slice
}

// slice is one endpoint's second.
type slice struct {
	second               int64
	endpoint             stats.Endpoint
	ok, failed, inFlight part
	bytes, overflow      int64
	retries, redirected  int64
}

// part is a histogram in both forms; both are nil when nothing was recorded.
type part struct {
	encoded []byte
	hist    *stats.Histogram
}

func (p part) count() int64 {
	if p.hist == nil {
		return 0
	}
	return p.hist.Count()
}

func parseReport(data []byte) (report, error) {
	r, err := wire.DecodeReport(data)
	if err != nil {
		return report{}, err
	}
	if len(r.Slices) > maxSlices {
		return report{}, fmt.Errorf("report has %d slices, limit %d", len(r.Slices), maxSlices)
	}
	out := report{Report: r}
	var d stats.Decoder
	decoded := 0
	for _, s := range r.Slices {
		parsed, err := parseSlice(&d, s)
		if err != nil {
			return report{}, fmt.Errorf("slice of %q: %w", shorten(s.Name, maxText), err)
		}
		if decoded += parsed.size(); decoded > maxDecoded {
			return report{}, fmt.Errorf("report has histograms of more than %d bytes", maxDecoded)
		}
		out.parsed = append(out.parsed, parsed)
	}
	return out, nil
}

// size is the memory that its histograms take.
func (s slice) size() (n int) {
	for _, p := range []part{s.ok, s.failed, s.inFlight} {
		if p.hist != nil {
			n += p.hist.Size()
		}
	}
	return n
}

func parseSlice(d *stats.Decoder, s wire.ReportSlice) (slice, error) {
	out := slice{
		second: s.Second, endpoint: stats.Endpoint{Method: s.Method, Name: s.Name},
		bytes: s.Bytes, overflow: s.Overflow, retries: s.Retries, redirected: s.Redirected,
	}
	var errs [3]error
	out.ok, errs[0] = decodePart(d, s.OK)
	out.failed, errs[1] = decodePart(d, s.Failed)
	out.inFlight, errs[2] = decodePart(d, s.InFlight)
	return out, errors.Join(errs[:]...)
}

func decodePart(d *stats.Decoder, encoded []byte) (part, error) {
	if len(encoded) == 0 {
		return part{}, nil
	}
	hist, err := d.Decode(encoded)
	if err == nil && hist.Count() > maxRequests {
		err = fmt.Errorf("histogram has %d requests, limit %d", hist.Count(), int64(maxRequests))
	}
	return part{encoded: encoded, hist: hist}, err
}
