package page

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// whole is the model of a run of so many scenarios with everything that an attempt can keep,
// second by second.
func whole(t testing.TB, scenarios, seconds int) *report.Model {
	t.Helper()
	m, err := report.New(wholeRun(t, scenarios, seconds))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func wholeRun(t testing.TB, scenarios, seconds int) *result.Run {
	t.Helper()
	axes := matrix.Axes{Workers: []int{4}}
	for i := range max(scenarios/6, 1) {
		axes.Replicas = append(axes.Replicas, i+1)
	}
	for i := range scenarios / len(axes.Replicas) {
		axes.Users = append(axes.Users, 100*(i+1))
	}
	keys := axes.Keys()
	run := &result.Run{Header: result.Header{
		Format: result.Format, RunID: "20260102-030405-shop", Version: "v0.1.0", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Name: "shop",
		Target: "Deployment default/shop", Address: "http://shop:8000", Load: "swarmfile.yaml", Engine: "swarm", Keys: keys, Duration: float64(seconds - 30),
		SLO: []v1alpha1.Objective{{Metric: "p95", Below: "250ms"}, {Metric: "failures", Below: "1%"}}, Gate: v1alpha1.GateAnswer,
	}}
	for i, k := range keys {
		run.Header.Order = append(run.Header.Order, i)
		run.Records = append(run.Records, wholeRecord(t, k, run.Header.Created.Add(time.Duration(i*(seconds+30))*time.Second), seconds))
	}
	return run
}

func wholeRecord(t testing.TB, k matrix.Key, at time.Time, seconds int) result.Record {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(k.Users), uint64(k.Replicas)))
	length := seconds - 30
	b := stats.NewBatches(length)
	requests := int64(50 * length)
	for i := range requests {
		mean := 20 * float64(k.Users) / float64(k.Replicas) / 100
		b.At(int(i) / 50).OK.Record(time.Duration((5 + random.ExpFloat64()*mean) * float64(time.Millisecond)))
	}
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	latency := result.LatencyOf(b.Total().OK)
	start := at.Add(40 * time.Second)
	return result.Record{
		Key: k, Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Success, Engine: "swarm", Started: at, Finished: start.Add(time.Duration(length) * time.Second),
		Phases:   result.Phases{Scale: 5, Workers: 5, Ramp: 20, Settle: 10, Measure: float64(length)},
		Observed: result.Observed{Samples: length, Workers: k.Workers, Users: k.Users, Replicas: k.Replicas, CPUMean: 30, CPUMax: 50},
		Measured: &result.Measured{
			Start: start, Duration: float64(length), Requests: requests, RPS: 50, Latency: latency, Success: &latency, Exact: true, Batches: text,
			Endpoints: []result.EndpointResult{{Endpoint: stats.Endpoint{Method: "POST", Name: "order"}, Requests: requests, Latency: latency}},
		},
		Series: noise(random, start.Add(-30*time.Second).Unix(), seconds),
	}
}

// noise is a series of all columns with gaps and spikes.
func noise(random *rand.Rand, start int64, seconds int) *result.Series {
	column := func(scale float64) result.Column {
		c := make(result.Column, seconds)
		for i := range c {
			switch c[i] = scale * (1 + random.Float64()); random.IntN(40) {
			case 0:
				c[i] = math.NaN()
			case 1:
				c[i] *= 50
			}
		}
		return c
	}
	s := &result.Series{
		Start: start, Step: 1, Source: result.SeriesOfSlices,
		RPS: column(50), Failed: column(1), P50: column(20), P95: column(60), P99: column(90), Users: column(100), Workers: column(4),
		Replicas: column(2), LoadCPU: column(30), TargetCPU: column(2), StoodStill: column(.1), Lag: column(1),
	}
	for i := range 5 {
		s.Events = append(s.Events, result.SeriesEvent{Second: int64(i * seconds / 5), Text: fmt.Sprintf("replica shop-%d is ready", i)})
	}
	return s
}
