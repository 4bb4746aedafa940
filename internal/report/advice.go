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
	all := d.limiting()
	if len(all) > 0 {
		d.section(2, "What Limits")
	}
	for _, l := range all {
		d.bullet(l[0], l[1])
	}
}

// limiting names the replica counts, and what holds each back.
func (m *Model) limiting() (out [][2]string) {
	for _, s := range m.Sizes {
		if s.Fails > 0 && len(s.Limits) > 0 {
			l := s.Limits[0]
			out = append(out, [2]string{matrix.Count(s.Replicas, "replica"), fmt.Sprintf("%s, as %s", l.Resource, l.Evidence)})
		}
	}
	return out
}

// advice shows what a fitted queue expects, where it may be believed.
func (d *markdown) advice() {
	if !d.Advice.Adequate() {
		return
	}
	d.section(2, "Models, Advisory")
	d.line("%s ([how far to trust it](%s)): %s.\n", expectedText, modelsURL, escape(fitted(d.Advice)))
	d.table(d.adviceTable(escape))
	if text := scaling(d.Advice); text != "" {
		d.line("\n%s", escape(text))
	}
}

const expectedText = "Expected by a queue that was fitted to the valid scenarios, and not measured"

// fitted says which queue it is.
func fitted(a analysis.Advice) string {
	fit := a.Queues.Better
	return fmt.Sprintf("%s, %s ms a request, %s at a time with each replica",
		queueName(a.Queues), milliseconds(fit.Service+fit.Delay), strconv.FormatFloat(fit.Servers, 'g', 2, 64))
}

// adviceTable has foreign text as write has it.
func (m *Model) adviceTable(write func(string) string) (header []string, rows [][]string) {
	a := m.Advice
	split := a.Queues.Better.Split
	header = []string{"Replicas", "Response doubles at (users)"}
	if a.Objective != nil {
		header = append(header, "Users with "+write(a.Objective.String()), "Likely")
		if split {
			header = append(header, "If they shared a queue")
		}
	}
	for _, p := range a.Predicted {
		row := []string{fmt.Sprint(p.Replicas), dash(known(p.Knee))}
		if l := p.Limit; l != nil {
			most, likely := users(*l)
			row = append(row, most, dash(likely))
			if split {
				row = append(row, fmt.Sprint(p.Together))
			}
		}
		rows = append(rows, row)
	}
	return header, rows
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
