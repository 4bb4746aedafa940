package page

import (
	"maps"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

func (b *builder) method() {
	h := b.Header
	say := func(name, text string) {
		if text = words.OneLine(text); text != "" {
			b.doc.Method = append(b.doc.Method, Fact{name, text})
		}
	}
	say("Run", h.RunID)
	say("Swarmgrid", h.Version)
	say("Driven from", h.Machine.String())
	say("Nodes", b.nodes())
	say("Engine", h.Engine)
	say("Target", h.Target)
	if h.Address != h.Target {
		say("Address", h.Address)
	}
	say("Load", h.Load)
	say("Window", b.Window())
	say("SLO", b.Objectives())
	if b.SLOFrom == report.FromReport {
		say("The run's own SLO", b.OwnObjectives())
	}
	say("Gate", string(b.Gate.Gate))
	say("Measured", b.SuccessRate())
	say("Best throughput", b.BestThroughput())
	say("Best latency", b.BestLatency())
	say("Load generator", b.Generator())
}

// nodes are those of a cluster on which target or load ran in any scenario.
func (b *builder) nodes() string {
	names := map[string]bool{}
	for _, r := range b.shown {
		if n := r.Record.Nodes; n != nil {
			for _, on := range []map[string]int{n.Target, n.Load} {
				for name := range on {
					names[name] = true
				}
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}
