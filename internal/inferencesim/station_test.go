package inferencesim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// These tests drive the stations alone, without clock or goroutines, with
// fixed seeds: the figures are the same on every machine.

// meanService is S of the reference tables.
const meanService = 50 * time.Millisecond

// observed is what users saw of a station.
type observed struct {
	responses []time.Duration
	elapsed   time.Duration
}

func (o observed) rate() float64 { return float64(len(o.responses)) / o.elapsed.Seconds() }

func (o observed) mean() float64 {
	var sum float64
	for _, r := range o.responses {
		sum += milliseconds(r)
	}
	return sum / float64(len(o.responses))
}

func (o observed) quantile(q float64) float64 {
	sorted := slices.Sorted(slices.Values(o.responses))
	return milliseconds(sorted[int(math.Ceil(q*float64(len(sorted))))-1])
}

func want(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.3f, want %.3f within %.2g %%", what, got, want, 100*tolerance)
	}
}

// drive sends n requests into a station. Arrivals come from a list of times;
// after each departure again says when that client sends the next one
// (negative: never). The first tenth is not observed.
func drive(st station, draw func() time.Duration, arrivals []time.Duration, again func(now time.Duration) time.Duration, n int) observed {
	due := jobHeap{less: departsFirst} // reuses done as the time of arrival
	for i, at := range arrivals {
		due.push(&job{done: at, seq: uint64(i)})
	}
	var o observed
	var from time.Duration
	count := 0
	depart := func(j *job) {
		count++
		if count == n/10 {
			from = j.done
		} else if count > n/10 {
			o.responses = append(o.responses, j.done-j.arrived)
			o.elapsed = j.done - from
		}
		if at := again(j.done); at >= 0 {
			due.push(&job{done: at, seq: uint64(count + len(arrivals))})
		}
	}
	for count < n {
		departure, serving := st.next()
		arrival, coming := due.top()
		if !coming || serving && departure <= arrival.done {
			st.advance(departure, depart)
			continue
		}
		due.pop()
		st.advance(arrival.done, depart)
		st.arrive(arrival.done, &job{arrived: arrival.done, work: draw()})
	}
	return o
}

// samples is how many requests each comparison with a formula takes.
const samples = 100_000

// stratified draws from the inverse distribution function of a law: one value
// from each of n slices of equal probability, shuffled. Its mean is exact,
// where the mean of 100,000 independent exponentials is .3 % off, which a busy
// closed system makes 4 % of its response time.
func stratified(n int, seed uint64, inverse func(p float64) time.Duration) func() time.Duration {
	r := rand.New(rand.NewPCG(seed, 0))
	values := make([]time.Duration, n)
	for i := range values {
		values[i] = inverse((float64(i) + r.Float64()) / float64(n))
	}
	r.Shuffle(n, func(i, k int) { values[i], values[k] = values[k], values[i] })
	i := -1
	return func() time.Duration {
		i++
		return values[i%n]
	}
}

func exponential(n int, seed uint64, mean time.Duration) func() time.Duration {
	return stratified(n, seed, func(p float64) time.Duration { return time.Duration(-math.Log1p(-p) * float64(mean)) })
}

func exponentialWork() func() time.Duration { return exponential(samples, 1, meanService) }

// open is a Poisson stream of n arrivals per second lambda.
func open(st station, draw func() time.Duration, lambda float64, n int) observed {
	gap := exponential(n, 2, time.Duration(float64(time.Second)/lambda))
	arrivals := make([]time.Duration, n)
	for i := range arrivals {
		arrivals[i] = gap()
		if i > 0 {
			arrivals[i] += arrivals[i-1]
		}
	}
	return drive(st, draw, arrivals, func(time.Duration) time.Duration { return -1 }, n)
}

// closed is n requests by users who think for an exponential time of the mean.
func closed(st station, draw func() time.Duration, users int, think time.Duration, n int) observed {
	pause := exponential(n, 3, think)
	arrivals := make([]time.Duration, users)
	for i := range arrivals {
		arrivals[i] = pause()
	}
	return drive(st, draw, arrivals, func(now time.Duration) time.Duration { return now + pause() }, n)
}

func drawn(d Distribution, sigma float64) func() time.Duration {
	s := newSampler(d, meanService, sigma, 0, 1)
	return func() time.Duration {
		work, _ := s.draw()
		return work
	}
}

// Reference values: Erlang C and the M/M/c response time law, for a mean
// service time of 50 ms. Successive responses are alike, the more the busier
// the servers (at 80 % a sample is worth its size / 44), hence the tolerances;
// 4 million requests over 20 seeds came within 1 % (2 % at 90 %).
func TestFIFOOpenMMc(t *testing.T) {
	for _, tt := range []struct {
		c             int
		lambda        float64
		p50, p95, p99 float64
		tolerance     float64
	}{
		{1, 10, 69.31, 299.57, 460.52, .05},
		{1, 16, 173.29, 748.93, 1151.29, .10},
		{2, 28, 72.56, 277.28, 413.28, .07},
		{4, 40, 39.17, 157.49, 238.21, .02},
		{4, 64, 67.31, 236.90, 344.66, .10},
		{4, 72, 112.73, 408.28, 609.66, .20},
		{8, 136, 57.90, 196.78, 284.26, .10},
		{16, 288, 53.90, 181.18, 263.49, .10},
	} {
		t.Run(fmt.Sprintf("c=%d lambda=%v", tt.c, tt.lambda), func(t *testing.T) {
			t.Parallel()
			o := open(newFIFO(tt.c, Unlimited), exponentialWork(), tt.lambda, samples)
			want(t, "rate", o.rate(), tt.lambda, .01)
			want(t, "p50", o.quantile(.50), tt.p50, tt.tolerance)
			want(t, "p95", o.quantile(.95), tt.p95, tt.tolerance)
			want(t, "p99", o.quantile(.99), tt.p99, tt.tolerance)
		})
	}
}

// Reference values: closed M/M/c//N with a think time of 1 s, by the arrival
// theorem.
func TestFIFOClosedMMcN(t *testing.T) {
	for _, tt := range []struct {
		c, users            int
		x, r, p50, p95, p99 float64
	}{
		{1, 10, 9.241, 82.165, 58.47, 240.86, 360.73},
		{2, 30, 27.681, 83.790, 64.23, 229.23, 328.65},
		{2, 42, 36.209, 159.927, 135.93, 388.13, 518.52},
		{4, 50, 47.314, 56.778, 41.71, 161.69, 242.49},
		{4, 80, 72.198, 108.070, 91.21, 263.97, 358.07},
		{4, 100, 79.517, 257.589, 248.76, 478.66, 586.43},
		{8, 160, 147.316, 86.099, 72.36, 210.62, 293.04},
	} {
		t.Run(fmt.Sprintf("c=%d N=%d", tt.c, tt.users), func(t *testing.T) {
			t.Parallel()
			o := closed(newFIFO(tt.c, Unlimited), exponentialWork(), tt.users, time.Second, samples)
			want(t, "X", o.rate(), tt.x, .005)
			want(t, "R", o.mean(), tt.r, .02)
			want(t, "p50", o.quantile(.50), tt.p50, .02)
			want(t, "p95", o.quantile(.95), tt.p95, .02)
			want(t, "p99", o.quantile(.99), tt.p99, .025)
		})
	}
}

// The mean of M/G/1-PS is S/(1-rho) whatever the law of the work.
func TestProcessorSharingIsInsensitive(t *testing.T) {
	const lambda = 12 // rho = .6
	for _, d := range []Distribution{Fixed, Exp, Lognormal} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			one := Options{Discipline: ProcessorSharing, Servers: 1}
			o := open(one.station(), drawn(d, 1), lambda, samples)
			want(t, "mean", o.mean(), 50/(1-.6), .02)
		})
	}
}

// With the speed of c servers, the number present is that of M/M/c, and so is
// the mean response: C/theta + S with the Erlang C of the table above.
func TestProcessorSharingWithServers(t *testing.T) {
	o := open(Options{Discipline: ProcessorSharing, Servers: 4}.station(), exponentialWork(), 64, samples)
	want(t, "mean", o.mean(), 1000*.5964/(4*20-64)+50, .05)
}

// A closed loop without think time keeps n constant: X = rate(n), R = n/X.
func TestProcessorSharingByTable(t *testing.T) {
	table := Rates{{1, 10}, {10, 16.4}, {50, 16.8}, {100, 21.2}}
	for _, tt := range []struct {
		users int
		x     float64
	}{{1, 10}, {10, 16.4}, {30, 16.6}, {75, 19}, {100, 21.2}, {150, 21.2}} {
		o := Options{Discipline: ProcessorSharing, Rates: table, Service: Lognormal, Sigma: .5}
		s := o.sampler()
		draw := func() time.Duration { work, _ := s.draw(); return work }
		seen := drive(o.station(), draw, make([]time.Duration, tt.users),
			func(now time.Duration) time.Duration { return now }, 100_000)
		want(t, fmt.Sprintf("X of %d", tt.users), seen.rate(), tt.x, .01)
		want(t, fmt.Sprintf("R of %d", tt.users), seen.mean(), 1000*float64(tt.users)/tt.x, .01)
	}
}

// Departures happen at their computed times and in order, though the caller
// looks late: a late timer must not slow the servers down.
func TestLateClockChangesNothing(t *testing.T) {
	for name, st := range map[string]station{
		"fifo": newFIFO(2, Unlimited),
		"ps":   newPS(func(n int) float64 { return float64(min(n, 2)) }),
	} {
		t.Run(name, func(t *testing.T) {
			for range 6 {
				st.arrive(0, &job{work: 10 * time.Millisecond})
			}
			var done []time.Duration
			st.advance(time.Hour, func(j *job) { done = append(done, j.done) })
			if last := done[len(done)-1]; len(done) != 6 || last != 30*time.Millisecond || !slices.IsSorted(done) {
				t.Errorf("departures at %v, want six, in order, until 30ms", done)
			}
		})
	}
}

func TestLeave(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, tt := range []struct {
		name    string
		station station
		leaver  int // of three jobs of 30 ms, after 10 ms
		want    []time.Duration
	}{
		{"fifo in service", newFIFO(1, Unlimited), 0, []time.Duration{ms(40), ms(70)}},
		{"fifo waiting", newFIFO(1, Unlimited), 1, []time.Duration{ms(30), ms(60)}},
		// Each has attained 10/3 ms; two then share for 2 (30 - 10/3) ms.
		{"ps", newPS(func(int) float64 { return 1 }), 1, []time.Duration{63333334, 63333334}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			jobs := make([]*job, 3)
			for i := range jobs {
				jobs[i] = &job{work: ms(30)}
				tt.station.arrive(0, jobs[i])
			}
			var done []time.Duration
			depart := func(j *job) { done = append(done, j.done) }
			tt.station.advance(ms(10), depart)
			tt.station.leave(ms(10), jobs[tt.leaver])
			tt.station.advance(ms(100), depart)
			if !slices.Equal(done, tt.want) {
				t.Errorf("the others depart at %v, want %v", done, tt.want)
			}
			if waiting, serving := tt.station.load(); waiting+serving != 0 {
				t.Errorf("%d wait and %d are in service, want none", waiting, serving)
			}
		})
	}
}

func TestSamplerMeans(t *testing.T) {
	const n = 200_000
	for _, tt := range []struct {
		dist      Distribution
		sigma     float64
		cv        float64 // standard deviation by mean
		tolerance float64
	}{
		{Fixed, 0, 0, 1e-9},
		{Exp, 0, 1, .01},
		{Lognormal, .25, math.Sqrt(math.Expm1(.25 * .25)), .01},
		{Lognormal, 1, math.Sqrt(math.Expm1(1)), .04},
	} {
		draw := drawn(tt.dist, tt.sigma)
		var sum, squares float64
		for range n {
			x := milliseconds(draw())
			sum, squares = sum+x, squares+x*x
		}
		mean := sum / n
		want(t, string(tt.dist)+" mean", mean, 50, tt.tolerance)
		if cv := math.Sqrt(max(squares/n/(mean*mean)-1, 0)); math.Abs(cv-tt.cv) > max(tt.tolerance*tt.cv, 1e-6) {
			t.Errorf("%s cv = %.4f, want %.4f", tt.dist, cv, tt.cv)
		}
	}
}

func TestSeedDecidesTheDraws(t *testing.T) {
	first := func(seed uint64, failureRate float64) time.Duration {
		s := newSampler(Exp, meanService, 0, failureRate, seed)
		work, _ := s.draw()
		return work
	}
	if first(1, 0) != first(1, .5) {
		t.Error("the failure rate changes the service times of a seed")
	}
	if first(1, 0) == first(2, 0) {
		t.Error("two seeds give the same service time")
	}
}
