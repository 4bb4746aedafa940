package experiment

import (
	"strings"
	"testing"
)

// TestEfficiency: an objective of replica counts stands beside others, is of no task, and its
// bound is one that the fewest replicas can meet.
func TestEfficiency(t *testing.T) {
	for text, want := range map[string]string{
		"p95<200ms, efficiency>85%":                  "",
		"p95<200ms, efficiency>85":                   "lacks a unit; write 85%",
		"p95<200ms, efficiency>100%":                 "must be below 100%",
		"p95<200ms, efficiency<85%":                  "must stay above one; write above: 85%",
		"p95<200ms, efficiency of GET /x>85%":        "leave it out",
		"efficiency>85%":                             "has only the efficiency",
		"failures<1%, efficiency>85%, efficiency>8%": "repeats efficiency",
	} {
		parsed, err := ParseSLO(strings.Split(text, ", "))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want == "":
			slo, err := ParseObjectives(parsed)
			if err != nil || slo[1].Bound != .85 || !slo[1].OfReplicas() || slo[1].Latency() || slo[0].OfReplicas() {
				t.Errorf("%s: %+v, %v", text, slo, err)
			}
		case err == nil || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestEfficiencyInExperiment: a search of the demand measures too little to know it, other
// answers and windows that end by the SLO go by the other objectives.
func TestEfficiencyInExperiment(t *testing.T) {
	const with = minimal + "  slo: [{metric: p95, below: 1s}, {metric: efficiency, above: 85%}]\n"
	if _, err := decode(t, with+"  answer: demand\n"); err == nil || !strings.Contains(err.Error(), "is demand, which measures too little of each replica count to know its efficiency") {
		t.Errorf("a search of the demand: %v", err)
	}
	for _, more := range []string{"", "  answer: capacity\n", "  measure: {duration: auto}\n"} {
		if exp, err := decode(t, with+more); err != nil || len(exp.SLO) != 2 {
			t.Errorf("%q: %v", more, err)
		}
	}
}
