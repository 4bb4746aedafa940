package runs

import (
	"math/rand/v2"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// task is a part of the load: it makes up Share of the requests.
type task struct {
	stats.Endpoint
	Share float64
	// Mean is how long a server works on one, in seconds.
	Mean float64
}

// service is what a run loads: each replica works on two requests at a time, in the order of
// their coming.
type service struct {
	tasks []task
	// failing is the share of requests that fail at once.
	failing float64
	slow    queuetest.Slow
	freeze  queuetest.Freeze
}

// forecasting is the service of examples/demo.yaml.
func forecasting() service {
	return service{tasks: []task{
		{stats.Endpoint{Method: "POST", Name: "predict"}, .8, .025},
		{stats.Endpoint{Method: "GET", Name: "health_check"}, .1, .001},
		{stats.Endpoint{Method: "GET", Name: "metrics_check"}, .1, .002},
	}}
}

// plan is the course of an attempt, in seconds.
type plan struct{ ramp, settle, measure int }

func (p plan) opens() int { return p.ramp + p.settle }
func (p plan) total() int { return p.opens() + p.measure }

// done is a request that was made, and the task that it is of.
type done struct {
	queuetest.Request
	task int
}

// load sends the users of a scenario to the service until the plan is over. Users think for one
// to two seconds.
func (s service) load(k matrix.Key, p plan, seed uint64) []done {
	of := 0
	work := func(r *rand.Rand) float64 {
		of = s.draw(r.Float64())
		return s.tasks[of].Mean * r.ExpFloat64()
	}
	closed := queuetest.Closed{
		Service: queuetest.Service{Servers: 2 * k.Replicas, Time: work, Failing: s.failing, Slow: s.slow, Freeze: s.freeze},
		Users:   k.Users, Think: queuetest.Uniform(1, 2), Ramp: float64(p.ramp),
	}
	var all []done
	for r := range queuetest.Until(closed.Requests(seed), time.Duration(p.total())*time.Second) {
		all = append(all, done{r, of})
	}
	return all
}

// draw chooses a task by a number from 0 to 1.
func (s service) draw(at float64) int {
	for i, t := range s.tasks {
		if at -= t.Share; at < 0 {
			return i
		}
	}
	return len(s.tasks) - 1
}
