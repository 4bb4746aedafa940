package page

import (
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
