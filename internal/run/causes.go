package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// tellRaised adds to the reasons of an attempt what the user's own code raised under its
// load: users that end in their on_start never come up, and nothing else tells why. Where
// no request of the run has succeeded either, the other scenarios would meet the same,
// and the run ends when no attempt is left.
func (a *attempt) tellRaised(ctx context.Context) {
	if !a.swarmed || a.gone != nil || a.rec.Status != result.Error && a.rec.Status != result.Invalid {
		return
	}
	a.askRaised(ctx)
	if len(a.raised) == 0 {
		return
	}
	most := slices.MaxFunc(a.raised, func(x, y locust.Exception) int { return cmp.Compare(x.Count, y.Count) })
	a.rec.Reasons = append(a.rec.Reasons, raisedText(most))
	if !a.failing.worked {
		a.unfit = errors.New(strings.Join(a.rec.Reasons, "; "))
	}
}

// askRaised asks what user code has raised. A reset of the statistics makes the master
// forget that, too.
func (a *attempt) askRaised(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	if raised, err := a.generator.client.Exceptions(ctx); err == nil && len(raised) > 0 {
		a.raised = raised
	}
}

// raisedText says what user code raised and where.
func raisedText(e locust.Exception) string {
	text := fmt.Sprintf("user code raised %s: %s", matrix.Count(e.Count, "time"), oneLine(e.Message))
	if where := e.Where(); where != "" {
		text += " (" + where + ")"
	}
	return text
}

// fewest is the least that a scenario which is not final yet asks for.
func (c *Campaign) fewest(of func(matrix.Key) int) int {
	least, final := 0, c.journal.Final()
	for _, p := range c.plan.Scenarios {
		if _, done := final[p.Key]; !done && (least == 0 || of(p.Key) < least) {
			least = of(p.Key)
		}
	}
	return least
}

// What a step brings up has worked in this run.
func (a *attempt) masterWorked() bool  { return a.generator.masterWorked }
func (a *attempt) workersWorked() bool { return a.key.Workers <= a.generator.mostWorkers }

// A step whose hopeless end no other scenario of the run can avoid ends the run with the
// first: what the step brings up has never worked, and none that is left asks for less.
// Nothing is lost, since the scenario is measured when the run is continued.
func (a *attempt) noTarget() bool {
	least := a.campaign.fewest(func(k matrix.Key) int { return k.Replicas })
	return !a.campaign.targetWorked && a.key.Replicas <= least
}

func (a *attempt) noMaster() bool { return !a.generator.masterWorked }

func (a *attempt) noWorkers() bool {
	least := a.campaign.fewest(func(k matrix.Key) int { return k.Workers })
	return a.generator.mostWorkers == 0 && a.key.Workers <= least
}
