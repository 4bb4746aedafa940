package runs

import (
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/timeline"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// series is the course of an attempt, as a campaign with our own workers sees it.
func (s service) series(all []done, k matrix.Key, p plan, start time.Time) *result.Series {
	at := start.Unix()
	line := timeline.New(at, time.Duration(p.total())*time.Second, []timeline.Bound{{Limit: 250 * time.Millisecond}})
	line.Slices(s.slices(all, p, at), at+int64(p.total()))
	busy := s.busy(all, p)
	for second := range p.total() {
		t := at + int64(second)
		users := k.Users
		if second < p.ramp {
			users = k.Users * (second + 1) / p.ramp
		}
		line.Load(t, users, k.Workers, 3+20*busy[second]/float64(k.Workers))
		line.Ready(t, k.Replicas)
		line.TargetCPU(t, busy[second])
		line.Lag(t, .4+.1*math.Sin(float64(second)))
	}
	return line.Series()
}

// slices are what the workers report: of each second and task what ended.
func (s service) slices(all []done, p plan, start int64) []stats.Slice {
	grid := make([]stats.Slice, p.total()*len(s.tasks))
	for i := range grid {
		grid[i] = stats.Slice{Second: start + int64(i/len(s.tasks)), Endpoint: s.tasks[i%len(s.tasks)].Endpoint, Tally: stats.NewTally()}
	}
	for _, d := range all {
		i := int(d.End/time.Second)*len(s.tasks) + d.task
		switch {
		case i >= len(grid):
		case d.OK:
			grid[i].OK.Record(d.Response())
		default:
			grid[i].Failed.Record(d.Response())
		}
	}
	return grid
}

// busy is how many cores the target uses in each second, if its work is all processor time.
func (s service) busy(all []done, p plan) []float64 {
	cores := make([]float64, p.total())
	for _, d := range all {
		if second := int(d.End / time.Second); d.OK && second < len(cores) {
			cores[second] += s.tasks[d.task].Mean
		}
	}
	return cores
}

// totals is the course as a Python master tells it: what its last ten seconds were like, every
// other second.
func totals(full *result.Series) *result.Series {
	line := timeline.New(full.Start, time.Duration(len(full.RPS))*time.Second, nil)
	for second := 0; second < len(full.RPS); second += 2 {
		t := full.Start + int64(second)
		line.Recent(t, recent(full.RPS, second), recent(full.Failed, second), recent(full.P50, second), recent(full.P95, second))
		line.Load(t, int(full.Users[second]), int(full.Workers[second]), full.LoadCPU[second])
	}
	return line.Series()
}

// recent is the mean of the last ten values; nil where none is known.
func recent(c result.Column, second int) *float64 {
	sum, n := 0., 0
	for _, v := range c[max(second-9, 0) : second+1] {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return nil
	}
	return new(sum / float64(n))
}
