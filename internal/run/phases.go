package run

import (
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// enter begins a phase, unless it is already under way.
func (a *attempt) enter(p Phase) {
	if a.phase == p {
		return
	}
	a.leave()
	a.phase, a.began, a.waiting = p, time.Now(), ""
	a.emit(Event{Type: PhaseStarted})
}

// leave books the time of the present phase.
func (a *attempt) leave() {
	addPhase(&a.rec.Phases, a.phase, time.Since(a.began))
	a.began = time.Now()
}

func addPhase(p *result.Phases, phase Phase, d time.Duration) {
	s := d.Seconds()
	switch phase {
	case PhaseScale:
		p.Scale += s
	case PhaseWorkers:
		p.Workers += s
	case PhaseSwarm:
		p.Swarm += s
	case PhaseRamp:
		p.Ramp += s
	case PhaseSettle:
		p.Settle += s
	case PhaseMeasure:
		p.Measure += s
	case PhaseCollect:
		p.Collect += s
	case PhaseStop:
		p.Stop += s
	}
}

func (a *attempt) tellWaiting(what string) {
	if what != "" && what != a.waiting {
		a.waiting = what
		a.emit(Event{Type: Waiting, Message: what})
	}
}

// emit completes an event with where the attempt is and how long it will take.
func (a *attempt) emit(e Event) {
	eta, left := &a.campaign.eta, a.left()
	e.Key, e.Attempt, e.Phase, e.Index = &a.key, a.number, a.phase, a.index
	e.ScenarioLength, e.ScenarioLeft = eta.attempt(a.planned).Seconds(), left.Seconds()
	e.RunLeft = (left + a.planned.Time.Cooldown + eta.from(a.index+1)).Seconds()
	a.campaign.emit(e)
}

// left is the planned time of the present phase and those after it.
func (a *attempt) left() time.Duration {
	t, eta := a.planned.Time, &a.campaign.eta
	start := eta.start(a.planned)
	order := []struct {
		phase Phase
		time  time.Duration
	}{
		{PhaseScale, start},
		{PhaseWorkers, 0},
		{PhaseSwarm, 0},
		{PhaseRamp, t.Ramp},
		{PhaseSettle, t.Settle},
		{PhaseMeasure, t.Measure},
		{PhaseCollect, 0},
		{PhaseStop, eta.overhead(a.planned) - start},
	}
	var sum time.Duration
	reached := a.phase == ""
	for _, o := range order {
		if o.phase == a.phase {
			reached = true
			sum += max(o.time-time.Since(a.began), 0)
		} else if reached {
			sum += o.time
		}
	}
	return sum
}

// readyToSwarm is how long before now the last replica became ready, if one did in
// this attempt.
func (a *attempt) readyToSwarm(ctx context.Context, now time.Time) *float64 {
	var last time.Time
	for _, role := range []platform.Role{platform.Target, platform.Master, platform.Worker} {
		if !a.platform.Properties().Scalable[role] {
			continue
		}
		s, err := a.platform.Status(ctx, role)
		if err != nil {
			return nil
		}
		for _, r := range s.Replicas {
			if r.ReadySince.After(last) {
				last = r.ReadySince
			}
		}
	}
	// A platform may tell the time in whole seconds.
	if last.Before(a.rec.Started.Truncate(time.Second)) {
		return nil
	}
	return new(max(now.Sub(last).Seconds(), 0))
}
