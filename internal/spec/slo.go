package spec

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// ParseSLO reads objectives as a person writes them, one a text: "p95<200ms",
// "failures < 1%". Its error lists every problem with the text that has it.
func ParseSLO(texts []string) ([]v1alpha1.Objective, error) {
	doc := newDocument("--slo")
	var out []v1alpha1.Objective
	for i, text := range texts {
		doc.origins[fmt.Sprintf("spec.slo[%d]", i)] = text
		metric, bound, ok := strings.Cut(text, "<")
		if !ok {
			doc.addf(fmt.Sprintf("spec.slo[%d]", i), "is no metric and bound, as in p95<200ms or failures<1%%")
			continue
		}
		out = append(out, v1alpha1.Objective{Metric: v1alpha1.Metric(strings.TrimSpace(metric)), Below: strings.TrimSpace(bound)})
	}
	if len(doc.problems) == 0 {
		doc.validateSLO(out)
	}
	return out, doc.err()
}

// ParseGate reads a gate.
func ParseGate(text string) (v1alpha1.Gate, error) {
	doc := newDocument("--gate")
	doc.validateGate("spec.gate", v1alpha1.Gate(text))
	return v1alpha1.Gate(text), doc.err()
}

func (d *document) validateGate(path string, gate v1alpha1.Gate) {
	d.oneOf(path, string(gate), string(v1alpha1.GateAnswer), string(v1alpha1.GateAll), string(v1alpha1.GateOff))
}
