package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/queueing"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// epoch is in a zone of its own, so that a report that is not in UTC shows.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.FixedZone("", 2*3600))

// sheet builds a run for a test.
type sheet struct {
	run result.Run
}

func newSheet(axes matrix.Axes, slo ...v1alpha1.Objective) *sheet {
	keys := axes.Keys()
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	return &sheet{result.Run{Header: result.Header{
		Format: result.Format, RunID: "20260102-030405-inference", Version: "v0.1.0", Created: epoch, Name: "inference",
		Target: "Deployment default/inference", Address: "http://inference:8000", Load: "swarmfile.yaml", Engine: "swarm", Keys: keys, Order: order, Duration: 120,
		SLO: slo, Gate: v1alpha1.GateAnswer, Identity: map[string]string{"spec.target.url": "http://inference:8000"},
	}}}
}

func full() matrix.Axes {
	return matrix.Axes{Replicas: []int{1, 2, 4, 8}, Workers: []int{4, 8}, Users: []int{200, 400, 800}}
}

func latencySLO() []v1alpha1.Objective {
	return []v1alpha1.Objective{{Metric: "p95", Below: "800ms"}, {Metric: "failures", Below: "1%"}}
}

// record starts a terminal record that ends in the given status.
func (s *sheet) record(k matrix.Key, status result.Status, reasons ...string) result.Record {
	at := epoch.Add(time.Duration(len(s.run.Records)) * 150 * time.Second)
	return result.Record{
		Key: k, Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: status, Reasons: reasons, Engine: s.run.Header.Engine,
		Started: at, Finished: at.Add(150 * time.Second),
		Phases:   result.Phases{Scale: 1, Ramp: 20, Settle: 6, Measure: 120, Collect: .25},
		Observed: result.Observed{Samples: 120, Workers: k.Workers, Users: k.Users, Replicas: k.Replicas, CPUMean: 35.5, CPUMax: 61},
	}
}

// against says which checks the reasons are from.
func against(r result.Record, ids ...string) result.Record {
	for i, reason := range r.Reasons {
		r.Findings = append(r.Findings, result.Finding{ID: ids[i], Invalid: true, Text: reason})
	}
	return r
}

// measure fills in a window with the given rate and median.
func measure(r *result.Record, rps, p50 float64, failures int64) {
	n := int64(rps * 120)
	lat := result.Latency{P50: p50, P90: new(1.8 * p50), P95: 2 * p50, P99: 3 * p50, P999: new(3.5 * p50), Mean: 1.1 * p50, Min: p50 / 4, Max: 4 * p50}
	predict := stats.Endpoint{Method: "POST", Name: "predict"}
	r.Measured = &result.Measured{
		Start: r.Started.Add(27 * time.Second), Duration: 120, Requests: n, Failures: failures, RPS: rps, Latency: lat, Exact: true,
		Endpoints: []result.EndpointResult{{Endpoint: predict, Requests: n, Failures: failures, Latency: lat}},
	}
	if r.Engine == "swarm" {
		r.Observed.TargetShares = evenShares(r.Key.Replicas, n)
		f := &result.Flight{AtStart: 7, Started: n, AtEnd: 7, Oldest: min(p50, 190)}
		r.Measured.Flight, r.Measured.Endpoints[0].Flight = f, f
	}
	if failures < n {
		r.Measured.Success = &lat
	}
	if failures > 0 {
		r.Measured.Errors = []result.ErrorCount{{Endpoint: predict, Error: "503 Service Unavailable", Occurrences: failures}}
	}
}

// evenShares are the balancer's shares of n requests.
func evenShares(replicas int, n int64) *result.Shares {
	s := &result.Shares{Source: "the balancer", Unit: result.ByRequests, MaxToMean: 1}
	for i := range replicas {
		s.Replicas = append(s.Replicas, result.ReplicaShare{
			ID: fmt.Sprintf("target-%04d", i+1), Amount: float64(n) / float64(replicas), Share: 1 / float64(replicas), Connections: new(n / 1000),
		})
	}
	return s
}

func (s *sheet) add(r result.Record) { s.run.Records = append(s.run.Records, r) }

// model is a queue-like target: its rate is limited by replicas, its latency follows.
func model(k matrix.Key) (rps, p50 float64) {
	limit := 100.5 * float64(k.Replicas)
	rps = min(float64(k.Users)/1.6, limit) + float64(k.Workers)/100
	return rps, 1000*float64(k.Users)/rps - 1500
}

func (s *sheet) fill(keys []matrix.Key) *sheet {
	for _, k := range keys {
		r := s.record(k, result.Success)
		rps, p50 := model(k)
		measure(&r, rps, max(p50, 40), 0)
		s.add(r)
	}
	return s
}

func small(replicas, workers, users []int) matrix.Axes {
	return matrix.Axes{Replicas: replicas, Workers: workers, Users: users}
}

// nasty is a text that a server or a library may produce.
const nasty = "worker | lost\r\nwith `code`, \"quotes\", <script>alert(1)</script> & =HYPERLINK(\"http://x\") *bold* _it_ $x$ \x1b[31mred\x1b[0m \xff end"

// cases are the runs of the golden files, by name.
func cases() map[string]*sheet {
	return map[string]*sheet{
		"full":     newSheet(full()).fill(full().Keys()),
		"slo":      newSheet(full(), latencySLO()...).fill(full().Keys()),
		"slo-none": newSheet(small([]int{1, 2}, []int{4}, []int{800}), latencySLO()...).fill(small([]int{1, 2}, []int{4}, []int{800}).Keys()),
		"one":      newSheet(small([]int{2}, []int{4}, []int{200})).fill(small([]int{2}, []int{4}, []int{200}).Keys()),
		"sample":   sample(),
		"search":   searching(v1alpha1.AnswerDemand, 100), "search-capacity": searching(v1alpha1.AnswerCapacity, 100), "search-ended": searching(v1alpha1.AnswerDemand, 3),
		"search-range": ranging(100), "search-range-ended": ranging(4),
		"all-failed":     allFailed(),
		"mixed":          mixed(),
		"outage":         outage(),
		"ties":           ties(),
		"rounds":         roundsCase(),
		"close":          tooClose(),
		"rounds-apart":   roundsApart(),
		"decided":        decidedCase(),
		"unsteady":       unsteadyCase(),
		"bare-url":       bareURL(),
		"zero-requests":  zeroRequests(),
		"python-locust":  pythonLocust(),
		"fast-failures":  fastFailures(),
		"foreign-master": foreignMaster(),
		"under-way":      underWayCase(),
		"objectives":     objectivesCase(),
		"judged-anew":    judgedAnew(),
		"judged-by-hand": judgedByHand(),
		"elsewhere":      elsewhere(),
		"format-1":       formatOne(),
		"shares":         sharesCase(),
		"down":           down(),
		"went-down":      wentDown(),
		"quick":          quick(),
		"causes":         causesCase(),
		"queue":          queueCase(false),
		"efficiency":     efficiencyCase(),
		"queues":         queueCase(true),

		"autoscaler":      autoscalerCase(),
		"autoscaler-rate": autoscalerByRate(),
		"autoscaler-none": autoscalerNone(),
	}
}

// queueCase is of a service that is the queue which is fitted: 2 servers a replica, 50 ms a
// request, a second between two, and one queue for all replicas or one for each.
func queueCase(split bool) *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{20, 60, 120, 200})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "300ms"})
	for _, k := range axes.Keys() {
		groups, servers := 1, 2*k.Replicas
		if split {
			groups, servers = k.Replicas, 2
		}
		q, err := queueing.NewSplit(groups, servers, k.Users, 1, .05)
		if err != nil {
			panic(err)
		}
		r := s.record(k, result.Success)
		measure(&r, q.Throughput(), 1000*q.Quantile(.5), 0)
		l := &r.Measured.Latency
		l.P95, l.P99, l.Mean, l.Max = 1000*q.Quantile(.95), 1000*q.Quantile(.99), 1000*q.Response(), 1000*q.Quantile(.9999)
		r.Measured.Endpoints[0].Latency, r.Measured.Success = *l, l
		r.Observed.TargetUsage = &result.Usage{Source: "cadvisor", CPUCores: q.Throughput() * .02, MemoryBytes: 1 << 30, Throttled: new(0.)}
		if k.Replicas == 1 && k.Users > 60 {
			r.Observed.TargetUsage.Throttled = new(.4)
		}
		s.add(r)
	}
	return s
}

// efficiencyCase is of a service that four replicas serve hardly better than two: what they
// alone carry is no answer.
func efficiencyCase() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{20, 60, 100, 200})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "300ms"}, v1alpha1.Objective{Metric: "efficiency", Above: "85%"})
	for _, k := range axes.Keys() {
		q, err := queueing.NewSplit(1, min(2*k.Replicas, 5), k.Users, 1, .05)
		if err != nil {
			panic(err)
		}
		r := s.record(k, result.Success)
		measure(&r, q.Throughput(), 1000*q.Quantile(.5), 0)
		l := &r.Measured.Latency
		l.P95, l.P99, l.Mean, l.Max = 1000*q.Quantile(.95), 1000*q.Quantile(.99), 1000*q.Response(), 1000*q.Quantile(.9999)
		r.Measured.Endpoints[0].Latency, r.Measured.Success = *l, l
		s.add(r)
	}
	return s
}

// underWayCase has a task that hangs, one that is never chosen, and a generator in trouble.
func underWayCase() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200})
	s := newSheet(axes, v1alpha1.Objective{Metric: "failures", Below: "1%"})
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 4, 300, 0)
		m := r.Measured
		if i == 0 {
			m.Flight = &result.Flight{Started: m.Requests + 6, AtEnd: 6, Unheard: 6, Oldest: 118200}
			m.Unsent, m.Retries, m.Endpoints[0].Redirected = 3, 2, 12
			m.Errors = []result.ErrorCount{{Endpoint: stats.Endpoint{Method: "GET", Name: "hang"}, Error: "no free local port on the load generator", Occurrences: 3, Unsent: true}}
			r.Observed.StoodStill = 2.5
		}
		m.Endpoints = append(m.Endpoints,
			result.EndpointResult{Endpoint: stats.Endpoint{Method: "GET", Name: "hang"}, Flight: m.Flight},
			result.EndpointResult{Endpoint: stats.Endpoint{Method: "GET", Name: "rare"}, Flight: &result.Flight{}})
		if i == 1 {
			m.Endpoints = m.Endpoints[:1]
		}
		s.add(r)
	}
	return s
}

// sharesCase has replicas with uneven shares, with next to nothing, and with unknown shares.
func sharesCase() *sheet {
	axes := small([]int{2, 4}, []int{4}, []int{200, 400})
	s := newSheet(axes)
	s.run.Header.Address = "http://shop.example.com, said to lead to Service default/inference"
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 100, 100, 0)
		o := &r.Observed
		switch i {
		case 0:
			o.TargetShares = nil
			o.SharesUnknown = "spec.target.metrics names no counter of requests"
		case 1:
			r.Status, r.Reasons = result.Invalid, []string{"replica inference-b had 1 of 255 requests, an even share is 127.5"}
			r = against(r, "V16")
			o.TargetShares = &result.Shares{Source: "inference_requests_total of the pods", Unit: result.ByRequests, MaxToMean: 1.992, Replicas: []result.ReplicaShare{
				{ID: "inference-a/1", Amount: 254, Share: .996}, {ID: "inference-b/2", Amount: 1, Share: .004},
			}}
		case 2:
			o.TargetShares = &result.Shares{Source: "cadvisor", Unit: result.ByCPU, MaxToMean: 1.6, Replicas: []result.ReplicaShare{
				{ID: "a", Amount: .4, Share: .4}, {ID: "b", Amount: .3, Share: .3}, {ID: "c", Amount: .2, Share: .2}, {ID: "d", Amount: .1, Share: .1},
			}}
		}
		s.add(r)
	}
	return s
}

// down is a target with one replica that refuses everything, for more reasons than are shown.
func down() *sheet {
	axes := small([]int{1}, []int{1}, []int{200})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "200ms"})
	r := s.record(axes.Keys()[0], result.Success)
	measure(&r, 7, 2, 840)
	r.Measured.Errors = []result.ErrorCount{{Endpoint: stats.Endpoint{Method: "GET", Name: "/"}, Error: "connection refused", Occurrences: 814}}
	for i := range 6 {
		r.Measured.Errors = append(r.Measured.Errors, result.ErrorCount{
			Endpoint: stats.Endpoint{Method: "POST", Name: "/orders"}, Error: fmt.Sprintf("50%d, want 201", i), Occurrences: int64(6 - i),
		})
	}
	s.add(r)
	return s
}

// wentDown is a target that serves five users and is gone before the next scenario.
func wentDown() *sheet {
	axes := small([]int{1}, []int{1}, []int{2, 5, 8})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "200ms"})
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 10, 20, 0)
		if i == 2 {
			measure(&r, 80, 1, 9600)
			r.Measured.Errors = []result.ErrorCount{{Endpoint: stats.Endpoint{Method: "GET", Name: "items"}, Error: "connection refused", Occurrences: 9600}}
		}
		s.add(r)
	}
	return s
}

// quick is a target that answers within a millisecond.
func quick() *sheet {
	axes := small([]int{1}, []int{1}, []int{1})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "1ms"})
	r := s.record(axes.Keys()[0], result.Success)
	measure(&r, 9341, .1, 0)
	s.add(r)
	return s
}

// causesCase has endpoints that stand out, failures in foreign words and some not sent.
func causesCase() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200, 400})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "200ms"})
	orders, home := stats.Endpoint{Method: "POST", Name: "/orders"}, stats.Endpoint{Method: "GET", Name: "/"}
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 100, 30, int64(1200+600*i))
		m := r.Measured
		slow := result.Latency{P50: 300, P95: 900, P99: 1500, Mean: 400, Min: 90, Max: 2000}
		m.Endpoints = []result.EndpointResult{
			{Endpoint: home, Requests: m.Requests - 1500, Failures: 0, Latency: m.Latency},
			{Endpoint: orders, Requests: 1400, Failures: m.Failures, Latency: slow},
			{Endpoint: stats.Endpoint{Name: "=SUM(A1) | a task that somebody gave a very long name"}, Requests: 100, Latency: slow},
			{Endpoint: stats.Endpoint{Method: "GET", Name: "/rare"}},
		}
		m.Errors = []result.ErrorCount{
			{Endpoint: orders, Error: "401 Unauthorized, want 201", Occurrences: m.Failures - 12},
			{Endpoint: orders, Error: nasty, Occurrences: 9},
			{Endpoint: orders, Error: "@timeout", Occurrences: 3},
		}
		if i == 3 {
			m.Unsent = 1
			m.Errors = append(m.Errors, result.ErrorCount{Endpoint: home, Error: "no free local port on the load generator", Occurrences: 1, Unsent: true})
		}
		s.add(r)
	}
	return s
}

// sample is shown in docs/reports.md.
func sample() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200, 400})
	s := newSheet(axes, latencySLO()...)
	for i, k := range axes.Keys() {
		if i == 3 {
			r := against(s.record(k, result.Invalid, "worker lost"), "V7")
			measure(&r, 180.5, 700, 0)
			s.add(r)
			continue
		}
		s.fill([]matrix.Key{k})
	}
	return s
}

func allFailed() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200})
	s := newSheet(axes, latencySLO()...)
	for i, k := range axes.Keys() {
		s.add(s.record(k, result.Error, fmt.Sprintf("target not ready after 2m0s: 0 of %d replicas", i+1)))
	}
	return s
}

// mixed has every status, with reasons that try to break out of each format.
func mixed() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200, 400})
	s := newSheet(axes, latencySLO()...)
	s.run.Header.Order = []int{3, 0, 5, 1, 4, 2}
	k := axes.Keys()
	first := against(s.record(k[0], result.Invalid, "worker lost"), "V7")
	first.Terminal = false
	s.add(first)
	ok := s.record(k[0], result.Success)
	ok.Attempt, ok.Warnings, ok.Slices = 2, []string{"redirects | followed"}, "slices/r1-w4-u200-1-a2.hlog"
	ok.Observed.CPUMax = 95
	measure(&ok, 120, 300, 20)
	s.add(ok)
	invalid := against(s.record(k[1], result.Invalid, nasty, "users off: 399 of 400"), "V9", "V2")
	measure(&invalid, 900, 1, 0) // would be best if it were valid
	s.add(invalid)
	s.add(s.record(k[2], result.Error, "=cmd|' /C calc'!A0"))
	s.add(s.record(k[3], result.Skipped, "excluded: -1+1"))
	interrupted := s.record(k[4], result.Interrupted, "interrupted")
	interrupted.Terminal = false
	s.add(interrupted)
	return s
}

func outage() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200})
	s := newSheet(axes, latencySLO()...)
	k := axes.Keys()
	down := s.record(k[0], result.Success)
	measure(&down, 5000, 1, 600000) // refuses fast: the highest RPS and the lowest median
	s.add(down)
	up := s.record(k[1], result.Success)
	measure(&up, 125, 100, 0)
	s.add(up)
	return s
}

func ties() *sheet {
	axes := small([]int{8, 1, 2}, []int{4}, []int{200})
	s := newSheet(axes)
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 125.001+float64(i)*.001, 100.2-float64(i)*.1, 0)
		s.add(r)
	}
	return s
}

func roundsCase() *sheet {
	axes := small([]int{1, 2}, []int{4, 8}, []int{200})
	axes.Repeats = 2
	s := newSheet(axes, latencySLO()...)
	for _, k := range axes.Keys() {
		r := s.record(k, result.Success)
		p50 := 300.0
		if k.Replicas == 1 && k.Round == 2 || k.Replicas == 2 && k.Workers == 4 {
			p50 = 500
		}
		measure(&r, 100+float64(k.Round), p50, 0)
		s.add(r)
	}
	return s
}

// roundsApart has six rounds, of which one is slower than chance makes it.
func roundsApart() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200})
	axes.Repeats = 6
	s := newSheet(axes, latencySLO()...)
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 50, 100, 0)
		mean := 200 / float64(k.Replicas)
		if k.Replicas == 1 && k.Round == 5 {
			mean *= 1.5
		}
		inBatches(&r, uint64(i), mean)
		s.add(r)
	}
	return s
}

// tooClose has windows in batches, of which some are near the bound.
func tooClose() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200})
	s := newSheet(axes, latencySLO()...)
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 50, 100, 0)
		inBatches(&r, uint64(i), []float64{400, 268, 120}[i])
		r.Observed.Lag = []*result.Lag{{Worker: "a", P50: .05, P99: .168}, {Worker: "b", P50: .119, P99: 96.7}, nil}[i]
		s.add(r)
	}
	return s
}

// decidedCase has windows that ended when p95 was decided: one passed although its interval
// alone would be too close to call, one failed, one was whole.
func decidedCase() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "800ms"})
	s.run.Header.Duration, s.run.Header.Auto = 180, true
	for i, seconds := range []float64{30, 180, 90} {
		r := s.record(axes.Keys()[i], result.Success)
		measure(&r, 50, 100, 0)
		m := r.Measured
		m.Duration, m.Requests, m.Endpoints[0].Requests = seconds, int64(50*seconds), int64(50*seconds)
		inBatches(&r, uint64(i), []float64{500, 268, 259}[i])
		decision := []string{result.DecisionFail, result.DecisionOpen, result.DecisionPass}[i]
		m.Stopped = &result.Stopped{Decision: decision, After: seconds, WarmUp: []float64{10, 0, 0}[i]}
		if decision != result.DecisionOpen {
			m.Stopped.Objectives = []result.Decided{{Objective: "p95 < 800ms", Decision: decision, After: seconds, Low: []float64{.14, 0, .031}[i], High: []float64{.27, 0, .0496}[i]}}
		}
		s.add(r)
	}
	return s
}

// unsteadyCase has a window that begins with a warm-up, one in which the target gets slower, and
// one that is steady.
func unsteadyCase() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200})
	s := newSheet(axes, latencySLO()...)
	for i, slower := range []func(share float64) float64{
		func(share float64) float64 { return 1 + 3*math.Exp(-10*share) },
		func(share float64) float64 { return 1 + share },
		func(float64) float64 { return 1 },
	} {
		r := s.record(axes.Keys()[i], result.Success)
		measure(&r, 100, 100, 0)
		inBatchesAs(&r, uint64(i), func(share float64) float64 { return 100 * slower(share) })
		s.add(r)
	}
	return s
}

// inBatches makes a window of exponential latencies, kept in batches.
func inBatches(r *result.Record, seed uint64, meanMillis float64) {
	inBatchesAs(r, seed, func(float64) float64 { return meanMillis })
	r.Series = nil
}

// inBatchesAs makes one whose mean latency depends on how much of it has passed, kept in batches
// and second by second.
func inBatchesAs(r *result.Record, seed uint64, meanMillis func(share float64) float64) {
	m := r.Measured
	random := rand.New(rand.NewPCG(seed, 3))
	b := stats.NewBatches(int(m.Duration))
	seconds := make([]*stats.Histogram, int(m.Duration))
	for i := range seconds {
		seconds[i] = stats.NewHistogram()
	}
	for i := range m.Requests {
		share := float64(i) / float64(m.Requests)
		latency := time.Duration(random.ExpFloat64() * meanMillis(share) * float64(time.Millisecond))
		second := int(i * int64(m.Duration) / m.Requests)
		b.At(second).OK.Record(latency)
		seconds[second].Record(latency)
	}
	text, err := b.Encode()
	if err != nil {
		panic(err)
	}
	m.Latency = result.LatencyOf(b.Total().OK)
	m.Success, m.Batches = &m.Latency, text
	m.Endpoints[0].Latency, m.Endpoints[0].Batches = m.Latency, text
	r.Series = &result.Series{Start: m.Start.Unix(), Step: 1, Source: result.SeriesOfSlices}
	for _, h := range seconds {
		r.Series.RPS = append(r.Series.RPS, float64(h.Count()))
		r.Series.P50 = append(r.Series.P50, result.Millis(h.Quantile(.5)))
	}
}

func bareURL() *sheet {
	axes := small([]int{1}, []int{4}, []int{200, 400, 800})
	s := newSheet(axes, latencySLO()...)
	s.run.Header.Target, s.run.Header.Address = "http://127.0.0.1:8000", "http://127.0.0.1:8000"
	return s.fill(axes.Keys())
}

func zeroRequests() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200})
	s := newSheet(axes, latencySLO()...)
	k := axes.Keys()
	silent := s.record(k[0], result.Success)
	silent.Measured = &result.Measured{Start: silent.Started, Duration: 3, Exact: true}
	s.add(silent)
	up := s.record(k[1], result.Success)
	measure(&up, 5, 300, 0)
	s.add(up)
	return s
}

func pythonLocust() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200})
	s := newSheet(axes, latencySLO()...)
	s.run.Header.Engine = "locust"
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 120+float64(i), 410-10*float64(i), 0)
		r.Measured.Success, r.Measured.Exact = nil, false
		r.Measured.Duration, r.Measured.EdgeError = 120.0312, 3/120.0312
		s.add(r)
	}
	return s
}

// fastFailures has a row whose successes pass and whose requests do not.
func fastFailures() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200})
	s := newSheet(axes, v1alpha1.Objective{Metric: "p95", Below: "800ms"})
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		n := int64(12000)
		measure(&r, 100, 350, []int64{n / 10, n * 3 / 100, 12}[i])
		r.Measured.Latency = result.Latency{P50: 330, P95: 690, P99: 1000, Mean: 360, Min: 1, Max: 1400}
		s.add(r)
	}
	return s
}

// objectives has one of every metric, some of a single task, and a row of an earlier
// release, which kept fewer.
func objectivesCase() *sheet {
	axes := small([]int{1, 2, 4}, []int{4}, []int{200})
	s := newSheet(axes,
		v1alpha1.Objective{Metric: "p90", Below: "600ms"},
		v1alpha1.Objective{Metric: "p99.9", Endpoint: "POST predict", Below: "1100ms"},
		v1alpha1.Objective{Metric: "mean", Below: "400ms"},
		v1alpha1.Objective{Metric: "failures", Endpoint: "POST predict", Below: "1%"},
		v1alpha1.Objective{Metric: "rps", Above: "90"},
	)
	for i, k := range axes.Keys() {
		r := s.record(k, result.Success)
		measure(&r, 105, []float64{380, 300, 310}[i], []int64{1800, 12, 0}[i])
		if i == 2 {
			r.Measured.Latency.P90, r.Measured.Endpoints[0].Latency.P999 = nil, nil
		}
		s.add(r)
	}
	return s
}

// judgedAnew was continued with another SLO, and with one more scenario.
func judgedAnew() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200})
	s := newSheet(axes, latencySLO()...)
	s.fill(axes.Keys())
	extra := small([]int{4}, []int{4}, []int{200}).Keys()[0]
	slo := result.SLO{Time: epoch.Add(time.Hour), Version: "v0.2.0", Gate: v1alpha1.GateAll, Objectives: []v1alpha1.Objective{{Metric: "p95", Below: "250ms"}}}
	s.run.Amendments = []result.Amendment{
		{After: 1, SLO: &slo},
		{After: 2, Scenarios: &result.Scenarios{Time: epoch, Version: "v0.2.0", Planned: []result.Planned{{Key: extra, Role: "confirmation"}}}},
	}
	return s
}

// judgedByHand is a report with an SLO of its own.
func judgedByHand() *sheet {
	s := newSheet(full(), latencySLO()...).fill(full().Keys())
	s.run.Judge = &result.SLO{Gate: v1alpha1.GateOff, Objectives: []v1alpha1.Objective{{Metric: "p95", Below: "200ms"}}}
	return s
}

// elsewhere scaled processes, and loaded another address.
func elsewhere() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{200})
	s := newSheet(axes)
	h := &s.run.Header
	h.Target, h.Address = "http://127.0.0.1:8000, with process ./shop scaled beside it", "http://127.0.0.1:8000"
	h.Identity = map[string]string{"spec.target.url": h.Address, "spec.target.process.command": `["./shop"]`}
	return s.fill(axes.Keys())
}

// formatOne does not say where and what.
func formatOne() *sheet {
	axes := small([]int{1}, []int{4}, []int{200})
	s := newSheet(axes)
	h := &s.run.Header
	h.Format, h.Target, h.Address, h.Load = 1, "process ./shop", "", ""
	h.Identity = map[string]string{"spec.target.url": "", "spec.target.process.command": `["./shop"]`}
	return s.fill(axes.Keys())
}

func foreignMaster() *sheet {
	axes := small([]int{1}, []int{0}, []int{100, 200})
	s := newSheet(axes)
	s.run.Header.Engine, s.run.Header.Load = "locust", "what the master at http://master:8089 has"
	r := s.record(axes.Keys()[0], result.Success)
	measure(&r, 50, 20, 0)
	r.Observed.Workers = 3
	s.add(r)
	s.add(s.record(axes.Keys()[1], result.Error, "master went away"))
	return s
}

// throughJournal is the run as it comes back from disk.
func throughJournal(t testing.TB, run result.Run) *result.Run {
	t.Helper()
	data, err := result.Encode(&run)
	if err != nil {
		t.Fatal(err)
	}
	back, err := result.DecodeJournal(data)
	if err != nil {
		t.Fatal(err)
	}
	back.Judge = run.Judge
	return back
}
