package stats

import (
	"cmp"
	"slices"
	"strings"
)

// Endpoint is what statistics are kept under: the method and the task's name.
type Endpoint struct {
	Method string `json:"method"`
	Name   string `json:"name"`
}

// String reads "POST order", or the name alone where there is no method.
func (e Endpoint) String() string { return strings.TrimSpace(e.Method + " " + e.Name) }

// Compare orders endpoints by name, then method, as Locust lists them.
func (e Endpoint) Compare(o Endpoint) int {
	return cmp.Or(cmp.Compare(e.Name, o.Name), cmp.Compare(e.Method, o.Method))
}

// Tally is what one endpoint did in some span of time: successes and failures
// apart, so that fast failures cannot flatter the successes (measuring.md 3).
type Tally struct {
	OK     *Histogram
	Failed *Histogram
	// Bytes is the sum of decoded response body lengths.
	Bytes int64
}

// NewTally returns an empty tally.
func NewTally() *Tally { return &Tally{OK: NewHistogram(), Failed: NewHistogram()} }

// Merge adds other's counts.
func (t *Tally) Merge(o *Tally) {
	t.OK.Merge(o.OK)
	t.Failed.Merge(o.Failed)
	t.Bytes += o.Bytes
}

// Requests counts all completed requests, failures included.
func (t *Tally) Requests() int64 { return t.OK.Count() + t.Failed.Count() }

// Failures counts the failed ones.
func (t *Tally) Failures() int64 { return t.Failed.Count() }

// Overflow counts values that no histogram could hold.
func (t *Tally) Overflow() int64 { return t.OK.Overflow() + t.Failed.Overflow() }

// All merges successes and failures into one new histogram, which is what
// Locust's percentiles are over (locust-protocol.md 19).
func (t *Tally) All() *Histogram {
	h := NewHistogram()
	h.Merge(t.OK)
	h.Merge(t.Failed)
	return h
}

// Slice is one endpoint's Tally of one second on the master's clock.
type Slice struct {
	// Second is the Unix second in which the requests completed: [Second, Second+1).
	Second   int64
	Endpoint Endpoint
	*Tally
}

// MergeSlices adds slices of the same second and endpoint, from whichever
// workers, and returns them ordered by second, then endpoint.
func MergeSlices(in []Slice) []Slice {
	type key struct {
		second   int64
		endpoint Endpoint
	}
	merged := map[key]*Tally{}
	for _, s := range in {
		k := key{s.Second, s.Endpoint}
		if merged[k] == nil {
			merged[k] = NewTally()
		}
		merged[k].Merge(s.Tally)
	}
	out := make([]Slice, 0, len(merged))
	for k, t := range merged {
		out = append(out, Slice{Second: k.second, Endpoint: k.endpoint, Tally: t})
	}
	slices.SortFunc(out, func(a, b Slice) int {
		return cmp.Or(cmp.Compare(a.Second, b.Second), a.Endpoint.Compare(b.Endpoint))
	})
	return out
}

// Total adds all slices, whatever their second and endpoint.
func Total(in []Slice) *Tally {
	t := NewTally()
	for _, s := range in {
		t.Merge(s.Tally)
	}
	return t
}
