package analysis

import (
	"math"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestWarming: the load after a scale-up says when the target answered, and when it was at full
// speed. Its first three seconds are before the window.
func TestWarming(t *testing.T) {
	even := func(float64) float64 { return 1 }
	known := func(seconds int, factor func(float64) float64) result.Record {
		return with(changing(t, seconds, factor), func(r *result.Record) {
			r.Series.Failed = make(result.Column, len(r.Series.RPS))
			r.Series.Failed[0] = 1 // of one
		})
	}
	for name, tt := range map[string]struct {
		rec  result.Record
		want *Warming
	}{
		"at once":          {known(60, even), &Warming{Answered: 2, Full: 3}},
		"with a warm-up":   {known(60, func(s float64) float64 { return 1 + 3*math.Exp(-s/6) }), &Warming{Answered: 2, Full: 23, Seen: true}},
		"too short":        {known(19, even), nil},
		"no failures kept": {changing(t, 60, even), nil},
		"INVALID":          {with(known(60, even), func(r *result.Record) { r.Status = result.Invalid }), nil},
		"no series":        {with(known(60, even), func(r *result.Record) { r.Series = nil }), nil},
	} {
		got := WarmingOf(tt.rec)
		if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestUseful: a warm-up that was seen is part of the time until more replicas help.
func TestUseful(t *testing.T) {
	for _, tt := range []struct {
		warming *Warming
		want    float64
	}{
		{nil, 12},
		{&Warming{Answered: 1, Full: 30}, 12},
		{&Warming{Answered: 1, Full: 30, Seen: true}, 42},
	} {
		if got := (&Startup{Routed: 12, Warming: tt.warming}).Useful(); got != tt.want {
			t.Errorf("%+v: %v, want %v", tt.warming, got, tt.want)
		}
	}
}
