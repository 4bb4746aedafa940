package flow

import (
	"math"
	"slices"
	"time"
)

// Coverage says how far the totals of a moment reach: how long before it the latest reports
// in them came.
type Coverage struct {
	// parts are one for each worker or, if it is not known whose reports they are, one for
	// each report.
	parts []part
	// unsure is the standard error of their mean, in seconds; stray is by how much the mean
	// is off if a report was missed or counted twice, where that cannot be excluded.
	unsure, stray float64
}

// part is the age of one report, weighted by its share of the load.
type part struct {
	worker string
	// age is in seconds.
	age, weight float64
}

// Coverage is that of totals from so many workers, read or reset between two moments, after
// everything in them was looked at. opening says that they were reset: the part of our own
// workers then begins with the master's next whole second.
func (f *Flow) Coverage(asked, answered time.Time, workers int, opening bool) Coverage {
	edge := asked.Add(answered.Sub(asked) / 2)
	last, noise, strange := weigh(f.last(edge), workers, f.perInterval())
	var c Coverage
	var sum, blur float64
	for _, a := range last {
		age := max(edge.Sub(a.at()).Seconds(), 0)
		if opening && f.workers[a.worker].Slices {
			second := edge.Add(f.ahead)
			age = -second.Truncate(time.Second).Add(time.Second).Sub(second).Seconds()
		}
		c.parts = append(c.parts, part{a.worker, age, a.weight})
		sum += a.weight
		// Looks are regular, so they see all reports late by about the same.
		blur += a.weight * a.half().Seconds()
	}
	if sum == 0 {
		return Coverage{}
	}
	variance := noise * c.variance()
	if strange {
		c.stray = reportInterval.Seconds() / float64(max(workers, 1))
	}
	variance += (math.Pow(blur/sum, 2) + math.Pow(answered.Sub(asked).Seconds()/2, 2)) / 3
	c.unsure = math.Sqrt(variance)
	return c
}

// goodFit is by how many workers, added up, the reports may miss whole numbers of workers.
const goodFit = .5

// weigh weighs reports by the part of the load that each stands for. If it is not known
// whose they are, every worker counts alike, provided that the numbers of requests fit
// whole numbers of workers: how many requests fall into a report is chance. If they do not
// fit, that chance is returned as noise, a relative variance. strange says that a report
// may have been missed or counted twice. usual is how much all reports of an interval hold
// together; 0 if unknown.
func weigh(last []arrival, workers int, usual float64) (weighed []arrival, noise float64, strange bool) {
	var sum float64
	for _, a := range last {
		sum += a.weight
	}
	if sum == 0 || last[0].worker != "" {
		return last, 0, false
	}
	best, misfit := alike(last, workers, usual)
	// The newest may be the next report of the oldest one's worker.
	for n := 1; n < len(last) && last[n-1].mayBeBefore(last[len(last)-1]); n++ {
		strange = last[n-1].half()+last[len(last)-1].half() > sameReport
		if other, m := alike(last[n:], workers, usual); m < misfit {
			best, misfit = other, m
		}
	}
	if math.IsInf(misfit, 1) {
		return last, 1 / sum, true
	}
	return best, 0, strange || misfit > goodFit
}

// mayBeBefore tells whether two reports may be consecutive ones of the same worker.
func (a arrival) mayBeBefore(b arrival) bool {
	return b.by.Sub(a.after) > reportInterval-sameReport
}

// alike gives each report the whole number of workers that it fits, and says how badly it
// does: infinitely if the numbers do not add up to all workers.
func alike(last []arrival, workers int, usual float64) (weighed []arrival, misfit float64) {
	var sum, all float64
	for _, a := range last {
		sum += a.weight
	}
	weighed = slices.Clone(last)
	for i, a := range last {
		share := a.weight / sum * float64(workers)
		whole := math.Round(share)
		if whole == 0 {
			return nil, math.Inf(1)
		}
		weighed[i].weight = whole
		misfit += math.Abs(share - whole)
		all += whole
	}
	if int(all) != workers {
		return nil, math.Inf(1)
	}
	if usual > 0 {
		misfit += math.Abs(sum/usual - 1)
	}
	return weighed, misfit
}

// perInterval is how much the reports of an interval hold together, on average.
func (f *Flow) perInterval() float64 {
	var sum float64
	for _, a := range f.arrivals[min(1, len(f.arrivals)):] {
		sum += a.weight
	}
	if sum == 0 {
		return 0
	}
	return sum / f.arrivals[len(f.arrivals)-1].at().Sub(f.arrivals[0].at()).Seconds() * reportInterval.Seconds()
}

func (a arrival) half() time.Duration { return a.by.Sub(a.after) / 2 }

// Age is the weighted mean age of the latest reports; 0 if none was seen.
func (c Coverage) Age() time.Duration {
	if len(c.parts) == 0 {
		return 0
	}
	return time.Duration(c.mean() * float64(time.Second))
}

func (c Coverage) mean() (age float64) {
	var sum float64
	for _, p := range c.parts {
		age += p.weight * p.age
		sum += p.weight
	}
	return age / sum
}

func (c Coverage) variance() (v float64) {
	mean, sum := c.mean(), 0.0
	for _, p := range c.parts {
		v += p.weight * (p.age - mean) * (p.age - mean)
		sum += p.weight
	}
	return v / sum
}

// since is the time in seconds between what start's totals hold and what c's do, clock
// seconds apart: if the workers are known, all requests over the sum of their rates.
func (c Coverage) since(start Coverage, clock float64) float64 {
	if c.parts[0].worker == "" {
		return clock + start.mean() - c.mean()
	}
	var requests, rate float64
	for _, p := range c.parts {
		i := slices.IndexFunc(start.parts, func(s part) bool { return s.worker == p.worker })
		if i < 0 {
			continue // it had nothing to report before; one that joined makes the window INVALID
		}
		if span := clock + start.parts[i].age - p.age; span > 0 {
			requests += p.weight - start.parts[i].weight
			rate += (p.weight - start.parts[i].weight) / span
		}
	}
	if rate == 0 {
		return clock
	}
	return requests / rate
}

// Length is how many seconds a window's totals span, given its seconds by our clock, and by
// what share that may be wrong. A difference to the clock within its own uncertainty
// counts as none.
func Length(clock float64, start, end Coverage) (seconds, edgeError float64) {
	if len(start.parts) == 0 || len(end.parts) == 0 {
		return clock, min(reportInterval.Seconds()/clock, 1)
	}
	seconds = clock
	unsure := 2 * math.Hypot(start.unsure, end.unsure)
	shown := end.since(start, clock)
	if math.Abs(shown-clock) > unsure {
		seconds = shown
	}
	return seconds, (math.Abs(shown-seconds) + unsure + start.stray + end.stray) / seconds
}
