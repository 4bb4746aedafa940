package flow

import (
	"math"
	"slices"
	"time"
)

// Reach says how far the totals of a moment reach: how long before it the reports came
// that they hold last.
type Reach struct {
	// parts are the workers' or, where it is not known whose reports they are, those of
	// the single reports.
	parts []part
	// unsure is the standard error of their mean, in seconds; stray what it is off if a
	// report is missing, or there twice, where that cannot be excluded.
	unsure, stray float64
}

// part is one report's, with its share of the load as a weight.
type part struct {
	worker string
	// age is in seconds.
	age, weight float64
}

// Reach is of totals that were read or reset between two moments, when all that they
// hold had been looked at, from so many workers. opening says that they were reset:
// our own workers' part then begins with the master's next whole second.
func (f *Flow) Reach(asked, answered time.Time, workers int, opening bool) Reach {
	edge := asked.Add(answered.Sub(asked) / 2)
	last, noise, strange := weigh(f.last(edge), workers, f.perInterval())
	var r Reach
	var sum, blur float64
	for _, a := range last {
		age := max(edge.Sub(a.at()).Seconds(), 0)
		if opening && f.workers[a.worker].Slices {
			second := edge.Add(f.ahead)
			age = -second.Truncate(time.Second).Add(time.Second).Sub(second).Seconds()
		}
		r.parts = append(r.parts, part{a.worker, age, a.weight})
		sum += a.weight
		// Looks come regularly, so that they see all reports too late by the same.
		blur += a.weight * a.half().Seconds()
	}
	if sum == 0 {
		return Reach{}
	}
	variance := noise * r.variance()
	if strange {
		r.stray = reportInterval.Seconds() / float64(max(workers, 1))
	}
	variance += (math.Pow(blur/sum, 2) + math.Pow(answered.Sub(asked).Seconds()/2, 2)) / 3
	r.unsure = math.Sqrt(variance)
	return r
}

// goodFit is how many workers the reports may be off together and be whole numbers of them.
const goodFit = .5

// weigh weighs reports by how much of the load each stands for. Where it is not known
// whose they are, and what they hold fits that, each worker counts alike: how many
// requests fall into a report is chance. Else that chance is returned, as a relative
// variance. strange is true where one may be missing, or there twice. usual is what all
// reports of an interval hold together; 0 when that is not known.
func weigh(last []arrival, workers int, usual float64) (weighed []arrival, noise float64, strange bool) {
	var sum float64
	for _, a := range last {
		sum += a.weight
	}
	if sum == 0 || last[0].worker != "" {
		return last, 0, false
	}
	best, misfit := alike(last, workers, usual)
	// The newest may be the oldest one's next.
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

// mayBeBefore is whether two reports of unknown workers may be of the same.
func (a arrival) mayBeBefore(b arrival) bool {
	return b.by.Sub(a.after) > reportInterval-sameReport
}

// alike gives each report the whole number of workers that it fits, and says how badly
// it does; infinitely if they are not so many.
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

// perInterval is how much all reports of an interval hold, on average over those seen.
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

// Age is how old the last reports are on average, weighed; 0 where none was seen.
func (r Reach) Age() time.Duration {
	if len(r.parts) == 0 {
		return 0
	}
	return time.Duration(r.mean() * float64(time.Second))
}

func (r Reach) mean() (age float64) {
	var sum float64
	for _, p := range r.parts {
		age += p.weight * p.age
		sum += p.weight
	}
	return age / sum
}

func (r Reach) variance() (v float64) {
	mean, sum := r.mean(), 0.0
	for _, p := range r.parts {
		v += p.weight * (p.age - mean) * (p.age - mean)
		sum += p.weight
	}
	return v / sum
}

// since is how long it is from start's totals to r's, over some seconds by the clock:
// all requests, over the sum of the workers' own rates where these are known.
func (r Reach) since(start Reach, clock float64) float64 {
	if r.parts[0].worker == "" {
		return clock + start.mean() - r.mean()
	}
	var requests, rate float64
	for _, p := range r.parts {
		i := slices.IndexFunc(start.parts, func(s part) bool { return s.worker == p.worker })
		if i < 0 {
			continue // it told of nothing before; a worker that joined makes the window INVALID
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

// Length is how long a window was that is some seconds on our clock, by what its
// totals reach over, and what may be wrong with that, as a share. What cannot be told
// from nothing counts as nothing.
func Length(clock float64, start, end Reach) (seconds, edgeError float64) {
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
