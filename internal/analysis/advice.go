package analysis

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/models"
)

// Advice is what models say about a run. It decides nothing: no verdict, answer or gate is
// of a model.
type Advice struct {
	Bounds []models.Bounds
	// Queues are fitted to the valid rows; nil where Refusal says why not.
	Queues  *models.Queues
	Refusal string
	// Objective is what Predicted is about, nil if the SLO has no p50, p90 or p95 of all
	// requests.
	Objective *experiment.Objective
	// Predicted is of each replica count that was measured; nil unless the fit is adequate.
	Predicted []Predicted
	// Scaling is how capacity grows with replicas, by Of: ByUsers or ByRate. Nil where fewer
	// than two are known.
	Scaling *models.Scaling
	Of      string
}

// Predicted is what the better queue expects of a replica count.
type Predicted struct {
	Replicas int
	// Limit is how many users meet the objective; nil without one.
	Limit *models.Limit
	// Together is how many users would meet it if the replicas shared one queue; 0 unless it is
	// clear that each has its own.
	Together int
	// Knee is the fewest users with whom a response takes twice as long as for one alone; 0 if
	// that is beyond what the fit is believed for.
	Knee  int
	Curve []models.Place
}

// Adequate tells whether a queue was fitted that may be believed.
func (a Advice) Adequate() bool { return a.Queues != nil && a.Queues.Better.Adequacy.Holds() }

// Advise fits the models to a run's valid rows.
func Advise(rows []Row, sizes []Size, slo []experiment.Objective) Advice {
	used := deciding(rows)
	fitted := points(used)
	a := Advice{Bounds: models.BoundsOf(fitted), Objective: predictable(slo)}
	if queues, err := fitQueues(fitted); err != nil {
		a.Refusal = err.Error()
	} else {
		a.Queues = &queues
	}
	if a.Adequate() {
		for _, s := range sizes {
			a.Predicted = append(a.Predicted, a.predict(s.Replicas))
		}
	}
	a.scale(sizes, saturatedRates(used))
	return a
}

// A fit takes time with the cells and their users: as many of each as make a report of any run
// in a moment.
const (
	mostFitted = 32
	mostUsers  = 5000
)

func fitQueues(points []models.Point) (models.Queues, error) {
	for _, p := range points {
		if p.Users > mostUsers {
			return models.Queues{}, fmt.Errorf("fitting a queue: a cell has %d users, at most %d are taken", p.Users, mostUsers)
		}
	}
	return models.FitQueues(spread(points, mostFitted))
}

// spread takes at most so many of some values, as far apart in their order as can be.
func spread[T any](values []T, most int) []T {
	if len(values) <= most {
		return values
	}
	out := make([]T, most)
	for i := range out {
		out[i] = values[i*(len(values)-1)/(most-1)]
	}
	return out
}

// predictable is the first objective that a queue can be asked about: of a percentile near
// those that it was fitted to.
func predictable(slo []experiment.Objective) *experiment.Objective {
	for _, o := range slo {
		switch o.Metric {
		case v1alpha1.MetricP50, v1alpha1.MetricP90, v1alpha1.MetricP95:
			if o.Endpoint == "" {
				return &o
			}
		}
	}
	return nil
}

// curvePlaces is how many points a curve has.
const curvePlaces = 24

func (a Advice) predict(replicas int) Predicted {
	fit := a.Queues.Better
	out := Predicted{Replicas: replicas, Curve: fit.Curve(replicas, curvePlaces)}
	if knee, ok := fit.Knee(replicas); ok {
		out.Knee = knee
	}
	if a.Objective != nil {
		p, _ := percentile(a.Objective.Metric)
		out.Limit = new(fit.Within(replicas, p.Level, a.Objective.Bound/1000))
		if fit.Split {
			out.Together = fit.Together(replicas, p.Level, a.Objective.Bound/1000)
		}
	}
	return out
}

// scale takes the capacities by users where at least two are known, else by rates.
func (a *Advice) scale(sizes []Size, saturated map[int]float64) {
	var byUsers, byRate []models.Sample
	for _, s := range sizes {
		if s.Interpolated > 0 {
			byUsers = append(byUsers, models.Sample{At: s.Replicas, Rate: s.Interpolated})
		}
		if rate := saturated[s.Replicas]; rate > 0 {
			byRate = append(byRate, models.Sample{At: s.Replicas, Rate: rate})
		}
	}
	samples := byRate
	a.Of = ByRate
	if len(byUsers) >= len(byRate) {
		samples, a.Of = byUsers, ByUsers
	}
	if s, err := models.FitScaling(samples); err == nil {
		a.Scaling = &s
	}
}
