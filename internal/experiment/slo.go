package experiment

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// ParseSLO reads objectives as a person writes them, one a text: "p95<200ms",
// "p95 of POST order < 300ms", "rps > 100". Its error lists every problem with the text
// that has it.
func ParseSLO(texts []string) ([]v1alpha1.Objective, error) {
	doc := newDocument("--slo")
	var out []v1alpha1.Objective
	for i, text := range texts {
		at := fmt.Sprintf("spec.slo[%d]", i)
		doc.replaced(at, text)
		o, ok := parseObjective(text)
		if !ok {
			doc.addf(at, "is not a %s", anObjective)
			continue
		}
		out = append(out, o)
	}
	if len(doc.problems) == 0 {
		doc.validateSLO(out)
	}
	return out, doc.err()
}

// anObjective is what an objective looks like as text.
const anObjective = "metric and bound, as in p95<200ms, failures<1% or rps>100"

// parseObjective splits a text at its last < or >: a task's name may have others.
func parseObjective(text string) (o v1alpha1.Objective, ok bool) {
	sign := strings.LastIndexAny(text, "<>")
	if sign < 0 {
		return o, false
	}
	bound := v1alpha1.Bound(strings.TrimSpace(text[sign+1:]))
	if text[sign] == '>' {
		o.Above = bound
	} else {
		o.Below = bound
	}
	metric, endpoint, _ := strings.Cut(strings.TrimSpace(text[:sign]), " of ")
	o.Metric, o.Endpoint = v1alpha1.Metric(strings.TrimSpace(metric)), strings.TrimSpace(endpoint)
	return o, bound != "" && metric != ""
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
