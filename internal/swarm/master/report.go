package master

import (
	"errors"
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// maxSlices bounds what one report may cost: a histogram takes 190 KB once decoded.
// Our workers send at most half of it at once.
const maxSlices = 2000

// report is a wire.Report with its histograms decoded.
type report struct {
	wire.Report
	samples []sample
}

// sample is one endpoint's second.
type sample struct {
	second               int64
	endpoint             stats.Endpoint
	ok, failed, inFlight part
	bytes, overflow      int64
	retries              int64
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
	for _, s := range r.Slices {
		parsed, err := parseSlice(s)
		if err != nil {
			return report{}, fmt.Errorf("slice of %q: %w", s.Name, err)
		}
		out.samples = append(out.samples, parsed)
	}
	return out, nil
}

func parseSlice(s wire.ReportSlice) (sample, error) {
	out := sample{
		second: s.Second, endpoint: stats.Endpoint{Method: s.Method, Name: s.Name},
		bytes: s.Bytes, overflow: s.Overflow, retries: s.Retries,
	}
	var errs [3]error
	out.ok, errs[0] = decodePart(s.OK)
	out.failed, errs[1] = decodePart(s.Failed)
	out.inFlight, errs[2] = decodePart(s.InFlight)
	return out, errors.Join(errs[:]...)
}

func decodePart(encoded []byte) (part, error) {
	if len(encoded) == 0 {
		return part{}, nil
	}
	hist, err := stats.DecodeHistogram(encoded)
	return part{encoded: encoded, hist: hist}, err
}
