package run

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// fewest is the smallest number that a scenario without a final record asks for.
func (c *Campaign) fewest(of func(matrix.Key) int) int {
	least, final := 0, c.journal.Final()
	for _, p := range c.journal.Planned() {
		if _, done := final[p.Key]; !done && (least == 0 || of(p.Key) < least) {
			least = of(p.Key)
		}
	}
	return least
}

// masterWorked and workersWorked tell whether what a step starts has worked in this run.
func (a *attempt) masterWorked() bool  { return a.generator.masterWorked }
func (a *attempt) workersWorked() bool { return a.key.Workers <= a.generator.mostWorkers }

// noTarget, noMaster and noWorkers tell whether every scenario that is left would fail at
// the same step: what it starts has never worked in this run, and none asks for less of
// it. The run then ends at once. Nothing is lost: a continued run measures the scenario.
func (a *attempt) noTarget() bool {
	least := a.campaign.fewest(func(k matrix.Key) int { return k.Replicas })
	return !a.campaign.targetWorked && a.key.Replicas <= least
}

func (a *attempt) noMaster() bool { return !a.generator.masterWorked }

func (a *attempt) noWorkers() bool {
	least := a.campaign.fewest(func(k matrix.Key) int { return k.Workers })
	return a.generator.mostWorkers == 0 && a.key.Workers <= least
}

// final tells whether the attempt's record is the scenario's final one. It is not when
// something that measures is missing: then the run ends, to be continued when it is back.
func (a *attempt) final(last bool) (terminal bool, stop error) {
	if last && a.gone == nil {
		a.gone = a.brokenPart
	}
	if a.gone != nil {
		return false, fmt.Errorf("measuring %v: %w", a.key, inBrief{a.gone})
	}
	return last, nil
}

// inBrief shortens an error that the record has in full.
type inBrief struct{ error }

func (e inBrief) Error() string { return words.Gist(e.error.Error()) }
func (e inBrief) Unwrap() error { return e.error }
