package locust

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Decode turns the JSON form of a slice into histograms.
func (s Slice) Decode() (stats.Slice, error) {
	out := stats.Slice{Second: s.Second, Endpoint: stats.Endpoint{Method: s.Method, Name: s.Name}, Tally: stats.NewTally()}
	out.Bytes = s.Bytes
	for _, part := range []struct {
		text string
		into **stats.Histogram
	}{{s.OK, &out.OK}, {s.Failed, &out.Failed}} {
		if part.text == "" {
			continue
		}
		h, err := stats.DecodeHistogram([]byte(part.text))
		if err != nil {
			return stats.Slice{}, fmt.Errorf("second %d of %s %s: %w", s.Second, s.Method, s.Name, err)
		}
		*part.into = h
	}
	return out, nil
}

// Ages decodes the ages of the requests that were under way when the second ended.
func (s Slice) Ages() (*stats.Histogram, error) {
	if s.InFlight == "" {
		return stats.NewHistogram(), nil
	}
	h, err := stats.DecodeHistogram([]byte(s.InFlight))
	if err != nil {
		return nil, fmt.Errorf("second %d of %s %s: %w", s.Second, s.Method, s.Name, err)
	}
	return h, nil
}
