package result

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// Series are what was seen of an attempt from the start of its load to the end of its window,
// in steps of equal length. A column has a value for every step, and is empty if nothing of
// it is known.
type Series struct {
	// Start is the Unix second in which the first step begins, on the clock that cut the window.
	Start int64 `json:"start"`
	// Step is the length of a step in seconds: 1, and more where an attempt is long.
	Step int `json:"step_s"`
	// Source says what the columns of requests are: SeriesOfSlices or SeriesOfTotals.
	Source string `json:"source"`

	// RPS counts completed requests a second, Failed those of them that failed.
	RPS    Column `json:"rps,omitempty"`
	Failed Column `json:"failed_per_s,omitempty"`
	// P50, P95 and P99 are over all requests that completed in the step, in milliseconds.
	P50 Column `json:"p50_ms,omitempty"`
	P95 Column `json:"p95_ms,omitempty"`
	P99 Column `json:"p99_ms,omitempty"`
	// Bad has a column for each latency that the SLO bounds.
	Bad []BadSeries `json:"bad,omitempty"`

	Users    Column `json:"users,omitempty"`
	Workers  Column `json:"workers,omitempty"`
	Replicas Column `json:"ready_replicas,omitempty"`
	// LoadCPU is the mean of the workers, in percent of what each may use; TargetCPU is in
	// cores, over all replicas.
	LoadCPU   Column `json:"load_cpu,omitempty"`
	TargetCPU Column `json:"target_cpu_cores,omitempty"`
	// StoodStill is for how long the worker that stood still longest did not run, in seconds.
	StoodStill Column `json:"stood_still_s,omitempty"`
	// Lag is Observed.Lag's p99 of the worker that was latest, in milliseconds.
	Lag Column `json:"lag_p99_ms,omitempty"`

	Events []SeriesEvent `json:"events,omitempty"`
}

// The sources of Series.
const (
	// SeriesOfSlices: each step has exactly its own requests.
	SeriesOfSlices = "slices"
	// SeriesOfTotals: what a Locust master says of its last ten seconds, when it was asked.
	SeriesOfTotals = "totals"
)

// BadSeries counts, per second, the requests that failed or took Bound milliseconds or longer.
type BadSeries struct {
	// Endpoint is empty for all requests.
	Endpoint string  `json:"endpoint,omitempty"`
	Bound    float64 `json:"bound_ms"`
	PerS     Column  `json:"per_s"`
}

// SeriesEvent is something that happened to the load or the target.
type SeriesEvent struct {
	// Second is counted from the series' start.
	Second int64  `json:"second"`
	Text   string `json:"text"`
}

// Column is a series' values; NaN stands for what is not known, null in JSON.
type Column []float64

// columnDigits is how many significant digits a value is written with.
const columnDigits = 4

// MarshalJSON writes an array with four significant digits.
func (c Column) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, v := range c {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case math.IsNaN(v):
			b = append(b, "null"...)
		case math.IsInf(v, 0):
			return nil, fmt.Errorf("encoding a series: value %d is %v", i, v)
		case v == math.Trunc(v) && math.Abs(v) < 1e15:
			b = strconv.AppendInt(b, int64(v), 10)
		default:
			b = strconv.AppendFloat(b, rounded(v), 'f', -1, 64)
		}
	}
	return append(b, ']'), nil
}

func rounded(v float64) float64 {
	scale := math.Pow10(columnDigits - 1 - int(math.Floor(math.Log10(math.Abs(v)))))
	if r := math.Round(v*scale) / scale; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	return v
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Column) UnmarshalJSON(data []byte) error {
	if quick, ok := quickColumn(data); ok {
		*c = quick
		return nil
	}
	var values []*float64
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	if values == nil {
		*c = nil
		return nil
	}
	*c = make(Column, len(values))
	for i, v := range values {
		(*c)[i] = math.NaN()
		if v != nil {
			(*c)[i] = *v
		}
	}
	return nil
}

// At is the value of a step; NaN where it is not known.
func (c Column) At(step int) float64 {
	if step < 0 || step >= len(c) {
		return math.NaN()
	}
	return c[step]
}

// Within returns the steps that lie in a window wholly: their median latencies, NaN for one
// without requests, and their rates. Both are nil where not every step has exactly its own
// requests, or some are missing.
func (s *Series) Within(start time.Time, seconds float64) (medians, rates Column) {
	if s == nil || s.Source != SeriesOfSlices || s.Step < 1 {
		return nil, nil
	}
	step := int64(s.Step)
	first := max(start.Unix()-s.Start+step-1, 0) / step
	until := (start.Unix() + int64(seconds) - s.Start) / step
	if first >= until || until > int64(min(len(s.P50), len(s.RPS))) {
		return nil, nil
	}
	medians, rates = s.P50[first:until], s.RPS[first:until]
	if slices.ContainsFunc(rates, math.IsNaN) {
		return nil, nil
	}
	return medians, rates
}
