package experiment

import (
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// maxRunTime bounds what may be given to a run.
const maxRunTime = 30 * 24 * time.Hour

// validateAnswer refuses a search that could not decide anything.
func (d *document) validateAnswer(s v1alpha1.LoadMatrixSpec) {
	d.oneOf("spec.answer", string(s.Answer), string(v1alpha1.AnswerGrid), string(v1alpha1.AnswerDemand), string(v1alpha1.AnswerCapacity))
	if searches(s) {
		if len(s.SLO) == 0 {
			d.addf("spec.answer", "is %s, which needs an SLO to search by; give spec.slo, as in [{metric: p95, below: 200ms}], or --slo 'p95<200ms'", s.Answer)
		}
		if s.Matrix.Repeats > 1 {
			d.addf("spec.matrix.repeats", "is %d beside answer %s, which repeats by itself what is too close to call; leave it out", s.Matrix.Repeats, s.Answer)
		}
	}
	d.validateLimit("spec.budget", s.Budget.Duration)
	d.validateLimit("spec.maxTime", s.MaxTime.Duration)
}

func (d *document) validateLimit(path string, v time.Duration) {
	if v != 0 || d.given[path] {
		d.durationIn(path, v, time.Second, maxRunTime)
	}
}

func searches(s v1alpha1.LoadMatrixSpec) bool {
	return s.Answer == v1alpha1.AnswerDemand || s.Answer == v1alpha1.AnswerCapacity
}

// Searches tells whether the next scenario depends on what was measured.
func (e *Experiment) Searches() bool { return searches(e.LoadMatrix.Spec) }
