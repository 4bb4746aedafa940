package experiment

import (
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// maxRunTime bounds what may be given to a run.
const maxRunTime = 30 * 24 * time.Hour

// validateAnswer refuses a search that could not decide anything.
func (d *document) validateAnswer(s v1alpha1.LoadMatrixSpec, exp *Experiment) {
	d.oneOf("spec.answer", string(s.Answer), string(v1alpha1.AnswerGrid), string(v1alpha1.AnswerDemand), string(v1alpha1.AnswerCapacity))
	d.validateSearched(s)
	if searches(s) {
		if len(s.SLO) == 0 {
			d.addf("spec.answer", "is %s, which needs an SLO to search by; give spec.slo, as in [{metric: p95, below: 200ms}], or --slo 'p95<200ms'", s.Answer)
		}
		if s.Answer == v1alpha1.AnswerDemand && slices.ContainsFunc(s.SLO, func(o v1alpha1.Objective) bool { return o.Metric == v1alpha1.MetricEfficiency }) {
			d.addf("spec.answer", "is %s, which measures too little of each replica count to know its efficiency; write grid or capacity, or leave the efficiency out of the SLO", s.Answer)
		}
		if s.Matrix.Repeats > 1 {
			d.addf("spec.matrix.repeats", "is %d beside answer %s, which repeats by itself what is too close to call; leave it out", s.Matrix.Repeats, s.Answer)
		}
	}
	d.validateLimit("spec.budget", s.Budget.Duration)
	d.validateBudget(exp)
	d.validateLimit("spec.maxTime", s.MaxTime.Duration)
}

func (d *document) validateLimit(path string, v time.Duration) {
	if v != 0 || d.given[path] {
		d.durationIn(path, v, time.Second, maxRunTime)
	}
}

// validateBudget refuses one in which nothing could be measured.
func (d *document) validateBudget(exp *Experiment) {
	budget := exp.LoadMatrix.Spec.Budget.Duration
	if budget == 0 || len(d.problems) > 0 {
		return // what is wrong already may be what a scenario's time depends on
	}
	var least time.Duration
	for i, k := range exp.Axes.Keys() {
		if load := exp.Planned(k).Time.Load(); i == 0 || load < least {
			least = load
		}
	}
	if budget < least {
		d.addf("spec.budget", "is %v, and no scenario loads the target for less than %v; give more, or a shorter spec.measure", budget, least)
	}
}

func searches(s v1alpha1.LoadMatrixSpec) bool {
	return s.Answer == v1alpha1.AnswerDemand || s.Answer == v1alpha1.AnswerCapacity
}

// Searches tells whether the next scenario depends on what was measured.
func (e *Experiment) Searches() bool { return searches(e.LoadMatrix.Spec) }
