package master

import (
	"math"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

const (
	// maxEndpointName bounds an endpoint's name. One with a longer name is counted with the others.
	maxEndpointName = 2 << 10
	// maxText bounds a failure's text and the detail of an event.
	maxText = 2 << 10
)

// names are the endpoints that are kept apart. Those beyond the limit are counted together.
type names struct {
	limit int
	known map[stats.Endpoint]stats.Endpoint
}

func newNames(limit int) names {
	return names{limit: limit, known: map[stats.Endpoint]stats.Endpoint{}}
}

// of is what an endpoint is counted as: itself, in shared memory, or others.
func (n *names) of(e stats.Endpoint) stats.Endpoint {
	if known, ok := n.known[e]; ok {
		return known
	}
	if len(n.known) >= n.limit || len(e.Name)+len(e.Method) > maxEndpointName {
		return others()
	}
	n.known[e] = e
	return e
}

// shorten cuts a text that somebody sent to at most so many bytes, and says so in it.
func shorten(text string, most int) string { return words.Cut(text, most, "... (cut)") }

// plus adds counts, and stops at the highest instead of overflowing.
func plus(a, b int64) int64 { return min(a, math.MaxInt64-b) + b }
