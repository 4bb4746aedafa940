package run

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// tellStart says what the run is about.
func (c *Campaign) tellStart() {
	done := len(c.journal.Final())
	e := Event{Type: RunStarted, Message: "run " + c.opts.Holder.Run, Index: done, RunLeft: c.eta.from(done).Seconds(), About: c.about()}
	if taker, ok := c.opts.Platform.(platform.Takeover); ok {
		e.Inherited = taker.TakenOver()
	}
	c.emit(e)
}

// tellEnd sums the run up, which ended with err.
func (c *Campaign) tellEnd(interrupted bool, left []string, err error) {
	summary := c.summary(interrupted)
	summary.Left = left
	judged := c.journal.Judged()
	if slo, unread := experiment.ParseObjectives(judged.Objectives); unread == nil {
		rows := analysis.Rows(c.journal, slo)
		gate := analysis.Gate(judged.Gate, slo, rows)
		summary.Gate = &gate
		if err == nil {
			summary.ExitCode = new(analysis.Exit(c.journal, gate, rows))
		}
	}
	c.emit(Event{Type: RunFinished, Run: summary, Index: len(c.journal.Final())})
}

// emit completes an event and hands it on.
func (c *Campaign) emit(e Event) {
	if c.opts.Observe == nil {
		return
	}
	e.Time = time.Now()
	e.Total, e.Searches = len(c.plan.Scenarios), c.exp.Searches()
	e.UpTo = c.exp.Auto()
	e.RunLength = c.eta.from(0).Seconds()
	c.opts.Observe(e)
}

func (c *Campaign) summary(interrupted bool) *Summary {
	s := &Summary{ID: c.opts.Holder.Run, Interrupted: interrupted, Ended: c.endedEarly, Statuses: map[result.Status]int{}, Elapsed: time.Since(c.started).Seconds()}
	for _, r := range c.journal.Rows() {
		s.Statuses[r.Status]++
	}
	s.OverheadMedian = c.eta.medianOverhead()
	var waits []float64
	for _, r := range c.journal.Records {
		if r.ReadyToSwarm != nil {
			waits = append(waits, *r.ReadyToSwarm)
		}
	}
	s.ReadyToSwarmMedian = median(waits)
	return s
}
