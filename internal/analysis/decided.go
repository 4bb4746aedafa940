package analysis

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// heed takes over what was decided of the objective while the window was under way. An
// interval of a window that ended because of what was in it says less than that decision.
func (o *Outcome) heed(s *result.Stopped) {
	d, ok := s.Of(o.Objective.String())
	if !ok || o.Undecided {
		return
	}
	pass := d.Decision == result.DecisionPass
	if o.Borderline || o.Pass != pass {
		o.Text, o.Shared = decidedText(*o, d), ""
	}
	o.Pass, o.Borderline, o.Longer, o.Doubts = pass, false, 0, nil
}

func decidedText(o Outcome, d result.Decided) string {
	allowed, _ := o.Objective.Allowed()
	bad := "failed"
	if o.Objective.Latency() {
		bad = "failed or were slow"
	}
	than := "fewer than"
	if d.Decision != result.DecisionPass {
		than = "more than"
	}
	return fmt.Sprintf("%s was decided after %s: %s to %s of requests %s, %s the %s that it allows",
		o.Objective, Seconds(d.After), share(d.Low), share(d.High), bad, than, share(allowed))
}
