package runs

import (
	"math"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

func axes(replicas, workers, users []int) matrix.Axes {
	return matrix.Axes{Replicas: replicas, Workers: workers, Users: users, Repeats: 1}
}

func short() plan { return plan{ramp: 4, settle: 3, measure: 20} }

// Demo is what examples/demo.yaml finds: a search of three replica counts and three loads.
func Demo() *result.Run {
	return &newSite("demo", forecasting(), plan{8, 3, 10}, axes([]int{1, 2, 3}, []int{2}, []int{100, 200, 360}), objectives()...).
		search(v1alpha1.AnswerDemand).run
}

// Full has 24 scenarios with windows of two minutes, second by second.
func Full() *result.Run {
	s := newSite("full", forecasting(), plan{20, 10, 120}, axes([]int{1, 2, 3, 4}, []int{4}, []int{50, 100, 150, 200, 300, 400}), objectives()...)
	s.run.Header.Pricing = &v1alpha1.Pricing{PodHour: .12, Currency: "EUR"}
	return &s.grid().run
}

// Rounds has two worker counts and two rounds.
func Rounds() *result.Run {
	a := axes([]int{1, 2, 3}, []int{2, 4}, []int{100, 200, 360})
	a.Repeats = 2
	return &newSite("rounds", forecasting(), short(), a, objectives()...).grid().run
}

// Troubled has attempts that are INVALID and were made again, or not, one that was interrupted,
// one that could not be measured, and failures.
func Troubled() *result.Run {
	service := forecasting()
	service.failing, service.freeze = .02, queuetest.Freeze{Every: 15, For: 1.5}
	s := newSite("troubled", service, short(), axes([]int{1, 2, 3}, []int{2}, []int{100, 200}), objectives()...)
	k := s.run.Header.Keys
	s.add(against(s.attempt(k[0]), false, "V7", "worker worker-2 was lost 9 s after the window opened"))
	again := s.attempt(k[0])
	again.Attempt = 2
	s.add(again)
	s.add(against(s.attempt(k[1]), true, "V9", "replica target-0001 restarted"))
	failed := s.attempt(k[2])
	failed.Status, failed.Measured, failed.Series, failed.Reasons = result.Error, nil, nil, []string{"target not ready after 30s: 1 of 2 replicas"}
	s.add(failed)
	s.add(s.attempt(k[3]))
	s.add(uneven(s.attempt(k[4])))
	cut := s.attempt(k[5])
	cut.Status, cut.Terminal, cut.Measured, cut.Reasons = result.Interrupted, false, nil, []string{"interrupted"}
	s.add(cut)
	return &s.run
}

// against makes an attempt INVALID, with an event in its course.
func against(r result.Record, terminal bool, id, why string) result.Record {
	r.Status, r.Terminal, r.Reasons = result.Invalid, terminal, []string{why}
	r.Findings = []result.Finding{{ID: id, Invalid: true, Text: why}}
	r.Measured = r.Measured.WithoutBatches()
	r.Series.Events = []result.SeriesEvent{{Second: 16, Text: why}}
	return r
}

// uneven gives one replica half of the load.
func uneven(r result.Record) result.Record {
	shares := r.Observed.TargetShares
	n := float64(r.Measured.Requests)
	for i, share := range []float64{.5, .3, .2} {
		shares.Replicas[i].Share, shares.Replicas[i].Amount = share, math.Round(n*share)
	}
	shares.MaxToMean = 1.5
	text := "replica target-0001 had 1.5 times an even share of the load"
	r.Warnings, r.Findings = []string{text}, []result.Finding{{ID: "W1", Text: text}}
	return r
}

// NoSLO has no objectives.
func NoSLO() *result.Run {
	return &newSite("no-slo", forecasting(), short(), axes([]int{1, 2}, []int{2}, []int{100, 200, 300})).grid().run
}

// Python is one of Python Locust: totals only.
func Python() *result.Run {
	s := newSite("python", forecasting(), short(), axes([]int{1, 2, 3}, []int{2}, []int{100, 200}), objectives()...)
	s.run.Header.Engine, s.run.Header.Load = "locust", "locustfile.py"
	for _, k := range s.run.Header.Keys {
		r := s.attempt(k)
		m := r.Measured.WithoutBatches()
		m.Success, m.Flight, m.Exact, m.Duration, m.EdgeError = nil, nil, false, 20.0312, 3/20.0312
		for i := range m.Endpoints {
			m.Endpoints[i].Success, m.Endpoints[i].Flight = nil, nil
		}
		r.Measured, r.Series, r.Observed.Lag = m, totals(r.Series), nil
		s.add(r)
	}
	return &s.run
}

// Old is one of the first release: a journal of format 1, which knows neither address nor load,
// and whose attempts kept nothing but their numbers.
func Old() *result.Run {
	s := newSite("old", forecasting(), short(), axes([]int{1, 2}, []int{2}, []int{100, 200}), objectives()...)
	h := &s.run.Header
	h.Format, h.Address, h.Load = 1, "", ""
	for _, k := range h.Keys {
		r := s.attempt(k)
		m := r.Measured.WithoutBatches()
		m.Latency.P90, m.Latency.P999, m.Success.P90, m.Success.P999, m.Flight = nil, nil, nil, nil, nil
		for i := range m.Endpoints {
			m.Endpoints[i].Flight = nil
		}
		r.Measured, r.Series = m, nil
		r.Observed.Lag, r.Observed.TargetUsage, r.Observed.TargetShares = nil, nil, nil
		s.add(r)
	}
	return &s.run
}

// URL loads an address that nobody scales.
func URL() *result.Run {
	s := newSite("url", forecasting(), short(), axes([]int{1}, []int{2}, []int{50, 100, 150, 200}), objectives()...)
	h := &s.run.Header
	h.Target, h.Address = "http://127.0.0.1:8000", "http://127.0.0.1:8000"
	h.Identity = map[string]string{"spec.target.url": "http://127.0.0.1:8000"}
	return &s.grid().run
}

// Hostiles are texts that try to be more than text.
func Hostiles() []string {
	return []string{
		`</script><script>alert("script")</script>`,
		`<img src=x onerror=alert("img")>`,
		`"><svg onload=alert('svg')>`,
		"' onmouseover='alert(1)",
		"\u202egnp.tfel-ot-thgir \u2066שלום\u2069 مرحبا",
		"🦄🚀 \u200b e\u0301 " + strings.Repeat("verylongwordwithoutaspace", 8),
		"<!-- ]]> {{.Title}} ${alert(1)} javascript:alert(1)",
	}
}

// Hostile has such texts wherever somebody else may put one.
func Hostile() *result.Run {
	bad := Hostiles()
	service := forecasting()
	service.failing = .02
	for i := range service.tasks {
		service.tasks[i].Name = bad[i]
	}
	slo := append(objectives(), v1alpha1.Objective{Metric: "p95", Endpoint: (stats.Endpoint{Method: "POST", Name: bad[0]}).String(), Below: "300ms"})
	s := newSite("hostile", service, short(), axes([]int{1, 2}, []int{2}, []int{100, 200}), slo...)
	h := &s.run.Header
	h.Name, h.Target, h.Address, h.Load, h.Version = bad[0], bad[1], bad[2], bad[5], bad[6]
	for i, k := range h.Keys {
		r := s.attempt(k)
		for j := range r.Measured.Errors {
			r.Measured.Errors[j].Error = bad[j+2]
		}
		r.Observed.TargetShares.Replicas[0].ID, r.Observed.TargetShares.Source = bad[4], bad[6]
		r.Observed.TargetUsage.Source, r.Observed.Lag.Worker = bad[3], bad[2]
		if i == 3 {
			r = against(r, true, "V7", strings.Join(bad, " | "))
		}
		s.add(r)
	}
	return &s.run
}

// Largest is the largest matrix that an experiment may have, 10,000 scenarios, each with a
// window of ten seconds. Few of them are simulated: where each replica has as many users, each
// does the same.
func Largest() *result.Run {
	var replicas, users []int
	for i := range 100 {
		replicas, users = append(replicas, i+1), append(users, 100*(i+1))
	}
	s := newSite("largest", forecasting(), plan{2, 3, 10}, axes(replicas, []int{4}, users), objectives()...)
	like := map[int]result.Record{}
	for _, k := range s.run.Header.Keys {
		each := min(k.Users/k.Replicas, 250)
		if _, ok := like[each]; !ok {
			some := k
			some.Replicas = (120 + each - 1) / each // of fewer users a window says little
			some.Users = some.Replicas * each
			like[each] = s.attempt(some)
		}
		s.add(s.like(like[each], k))
	}
	return &s.run
}

// like is a scenario each of whose replicas does what one of the record's did.
func (s *site) like(some result.Record, k matrix.Key) result.Record {
	by := float64(k.Replicas) / float64(some.Key.Replicas)
	times := func(n int64) int64 { return int64(by * float64(n)) }
	m := *some.Measured
	m.Start, m.Requests, m.RPS = s.now.Add(time.Duration(s.opens()+2)*time.Second), times(m.Requests), by*m.RPS
	m.Endpoints = append([]result.EndpointResult(nil), m.Endpoints...)
	for i := range m.Endpoints {
		m.Endpoints[i].Requests = times(m.Endpoints[i].Requests)
	}
	course := *some.Series
	course.Start = s.now.Add(2 * time.Second).Unix()
	course.RPS = scaled(course.RPS, by)
	return s.record(k, &m, &course)
}

func scaled(c result.Column, by float64) result.Column {
	out := make(result.Column, len(c))
	for i, v := range c {
		out[i] = v * by
	}
	return out
}
