package report

import (
	"fmt"
	"strconv"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/models"
)

// limits says what holds back the replica counts that fail with some users.
func (d *markdown) limits() {
	first := true
	for _, s := range d.Sizes {
		if s.Fails == 0 || len(s.Limits) == 0 {
			continue
		}
		if first {
			d.section(2, "What Limits")
			first = false
		}
		l := s.Limits[0]
		d.bullet(matrix.Count(s.Replicas, "replica"), fmt.Sprintf("%s, as %s", l.Resource, l.Evidence))
	}
}

// advice shows what a fitted queue expects, where it may be believed.
func (d *markdown) advice() {
	a := d.Advice
	if !a.Adequate() {
		return
	}
	d.section(2, "Models, Advisory")
	fit := a.Queues.Better
	d.line("Expected by a queue that was fitted to the valid scenarios, and not measured ([how far to trust it](%s)): %s, %s ms a request, %s at a time with each replica.\n",
		modelsURL, escape(queueName(a.Queues)), milliseconds(fit.Service+fit.Delay), strconv.FormatFloat(fit.Servers, 'g', 2, 64))
	header := []string{"Replicas", "Response doubles at (users)"}
	if a.Objective != nil {
		header = append(header, "Users with "+escape(a.Objective.String()), "Likely")
		if fit.Split {
			header = append(header, "If they shared a queue")
		}
	}
	var rows [][]string
	for _, p := range a.Predicted {
		row := []string{fmt.Sprint(p.Replicas), dash(known(p.Knee))}
		if l := p.Limit; l != nil {
			most, likely := users(*l)
			row = append(row, most, dash(likely))
			if fit.Split {
				row = append(row, fmt.Sprint(p.Together))
			}
		}
		rows = append(rows, row)
	}
	d.table(header, rows)
	if text := scaling(a); text != "" {
		d.line("\n%s", escape(text))
	}
}

func queueName(q *models.Queues) string {
	switch {
	case !q.Clear:
		return "one queue"
	case q.Better.Split:
		return "a queue for each replica, to which requests go without regard to who is idle"
	}
	return "one queue for all replicas"
}

func milliseconds(seconds float64) string { return fmt.Sprint(analysis.WholeMillis(1000 * seconds)) }

// mostSpread is how wide the interval of a number may be, as a ratio, or it is not shown.
const mostSpread = 2

// users are those within an objective, and where that number probably is.
func users(l models.Limit) (most, likely string) {
	switch {
	case l.Beyond:
		return fmt.Sprintf("more than %d", l.Users), ""
	case l.Users == 0:
		return "none", ""
	case l.Low == 0 || l.High > mostSpread*l.Low:
		return "not known well enough", ""
	}
	return fmt.Sprint(l.Users), fmt.Sprintf("%d–%d", l.Low, l.High)
}

// mostOff is how far a capacity may be off its law, or the law is not shown.
const mostOff = .1

// scaling says how capacity grows with replicas, where four or more show it.
func scaling(a analysis.Advice) string {
	s := a.Scaling
	switch {
	case s == nil || s.Off > mostOff:
		return ""
	case s.Peak != nil:
		return fmt.Sprintf("By %s, capacity is largest with %.0f replicas (%.0f to %.0f), and falls beyond.", a.Of, s.Peak.At, s.Peak.Low, s.Peak.High)
	case s.Law == models.Linear:
		return fmt.Sprintf("By %s, each replica adds as much as the first, as far as was measured.", a.Of)
	}
	return fmt.Sprintf("By %s, replicas add less and less: as if %.0f %% of the work could not be shared (Amdahl). That is believed up to %d replicas.", a.Of, 100*s.Contention, s.Most)
}

const modelsURL = "https://github.com/swarmgrid/swarmgrid/blob/main/docs/method.md#models"
