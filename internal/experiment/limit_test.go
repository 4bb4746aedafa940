package experiment

import "testing"

// TestLiftedLimits: none is as if the file had no limit, and 0 is no such thing.
func TestLiftedLimits(t *testing.T) {
	const limited = minimal + "  budget: 45m\n  maxTime: 2h\n"
	exp, err := decode(t, limited, flag("budget", FieldBudget, "none"), flag("max-time", FieldMaxTime, "none"))
	if err != nil {
		t.Fatal(err)
	}
	if s := exp.LoadMatrix.Spec; s.Budget.Duration != 0 || s.MaxTime.Duration != 0 {
		t.Errorf("budget %v, longest time %v; want neither", s.Budget.Duration, s.MaxTime.Duration)
	}
	if _, err := decode(t, limited, flag("budget", FieldBudget, "0s")); err == nil {
		t.Error("a budget of 0 s is taken")
	}
}
