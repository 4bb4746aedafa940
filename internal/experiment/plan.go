package experiment

import (
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Plan is the scenarios in the order in which they will be measured.
type Plan struct {
	Scenarios []Planned
}

// Planned is one scenario with its expected time.
type Planned struct {
	Key  matrix.Key `json:"key"`
	Time Estimate   `json:"time"`
}

// Estimate is where a scenario's time goes.
type Estimate struct {
	// Scale is for scaling, registering, starting, collecting and stopping. It is
	// a guess from the engine's own delays; the rest follows from the file.
	Scale    time.Duration `json:"scale"`
	Ramp     time.Duration `json:"ramp"`
	Settle   time.Duration `json:"settle"`
	Measure  time.Duration `json:"measure"`
	Cooldown time.Duration `json:"cooldown"`
}

// Total is the sum.
func (e Estimate) Total() time.Duration {
	return e.Scale + e.Ramp + e.Settle + e.Measure + e.Cooldown
}

// Load is how long the target is loaded.
func (e Estimate) Load() time.Duration { return e.Ramp + e.Settle + e.Measure }

// The time a scenario takes besides what the file says, as measured on one machine. Python
// Locust's is its own: workers count as registered after two looks past its cache of 2 s,
// /stop polls once a second, and 4 s pass before the next start so that no late report is
// counted for it (locust-protocol.md 34).
const (
	swarmOverhead  = 2 * time.Second
	locustOverhead = 14 * time.Second
	// reportLead is about how long the driver watches Python workers' reports, to begin the
	// window between two of them.
	reportLead = 5 * time.Second
)

// NewPlan orders the experiment's scenarios and estimates each. There is no
// cool-down after the last.
func NewPlan(e *Experiment) Plan {
	keys := e.Axes.Keys()
	m := e.LoadMatrix.Spec.Matrix
	if m.Order == v1alpha1.OrderRandom {
		keys = matrix.Shuffle(keys, m.Seed)
	}
	plan := Plan{Scenarios: make([]Planned, len(keys))}
	for i, k := range keys {
		plan.Scenarios[i] = Planned{Key: k, Time: e.estimate(k, i == len(keys)-1)}
	}
	return plan
}

// Planned is a scenario of any plan, with its expected time.
func (e *Experiment) Planned(k matrix.Key) Planned {
	return Planned{Key: k, Time: e.estimate(k, false)}
}

func (e *Experiment) estimate(k matrix.Key, last bool) Estimate {
	est := Estimate{
		Scale:    pick(e.LoadMatrix.Spec.Load.Engine == v1alpha1.EngineLocust, locustOverhead, swarmOverhead),
		Ramp:     e.Ramp(k.Users),
		Settle:   e.Settle(),
		Measure:  e.Duration(),
		Cooldown: e.Cooldown(),
	}
	if e.LoadMatrix.Spec.Load.Engine == v1alpha1.EngineLocust {
		est.Measure = WholeReports(est.Measure) + reportLead
	}
	if last {
		est.Cooldown = 0
	}
	return est
}

// Ramp is how long it takes to start all users of a scenario.
func (e *Experiment) Ramp(users int) time.Duration {
	return time.Duration(float64(users) / e.SpawnRate(users) * float64(time.Second))
}

// Total is the whole plan's time if every first attempt is valid.
func (p Plan) Total() time.Duration {
	var sum time.Duration
	for _, s := range p.Scenarios {
		sum += s.Time.Total()
	}
	return sum
}
