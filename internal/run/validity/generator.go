package validity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// JudgeGenerator judges what the load generator did wrong, when the window is over, and
// returns what makes its numbers doubtful.
func (w *Watch) JudgeGenerator(m *result.Measured, p Pauses) (doubts []result.Finding) {
	window := time.Duration(m.Duration * float64(time.Second))
	if worker, most := p.longest(); w.still == nil && most.stood.Seconds() > stoodDoubt*m.Duration {
		doubts = append(doubts, WorkerPaused.Doubts(most.text(worker, window)))
	}
	doubts = append(doubts, w.doubtVitals(window)...)
	doubts = append(doubts, w.doubtParity()...)
	doubts = append(doubts, w.judgeUnsent(m)...)
	doubts = append(doubts, folded(m)...)
	doubts = append(doubts, redirected(m)...)
	if m.Retries > 0 {
		doubts = append(doubts, RequestsRepeated.Doubts(matrix.CountWere(int(m.Retries), "request")))
	}
	return doubts
}

// judgeUnsent judges the requests that the generator could not send.
func (w *Watch) judgeUnsent(m *result.Measured) (doubts []result.Finding) {
	if m.Unsent == 0 {
		return nil
	}
	were, kinds := matrix.CountWere(int(m.Unsent), "request"), unsentKinds(m.Errors)
	if float64(m.Unsent) > unsentInvalid*float64(m.Requests+m.Unsent) {
		w.Break(RequestsUnsent, were, kinds)
		return nil
	}
	return []result.Finding{RequestsUnsent.Doubts(were, kinds)}
}

// folded tells of endpoints and failures that were counted together, because there were
// more than are kept apart.
func folded(m *result.Measured) (doubts []result.Finding) {
	if slices.ContainsFunc(m.Endpoints, func(e result.EndpointResult) bool { return e.Name == locust.OtherEndpoints }) {
		doubts = append(doubts, EndpointsFolded.Doubts(locust.OtherEndpoints))
	}
	if slices.ContainsFunc(m.Errors, func(e result.ErrorCount) bool { return e.Error == locust.OtherErrors }) {
		doubts = append(doubts, ErrorsFolded.Doubts(locust.OtherErrors))
	}
	return doubts
}

// redirected tells of tasks whose requests ended at another address than theirs, which may be a
// login's or an error's page, and nobody has said that this is right.
func redirected(m *result.Measured) []result.Finding {
	var tasks []string
	for _, e := range m.Endpoints {
		if float64(e.Redirected) > redirectedDoubt*float64(e.Requests) {
			tasks = append(tasks, e.Endpoint.String())
		}
	}
	switch n := len(tasks); {
	case n == 0:
		return nil
	case n > 3:
		tasks = append(tasks[:3], fmt.Sprintf("and %d more", n-3))
	}
	return []result.Finding{AnswersRedirected.Doubts(strings.Join(tasks, ", "))}
}

// unsentKinds lists why requests could not be sent, each once.
func unsentKinds(errors []result.ErrorCount) string {
	var kinds []string
	for _, e := range errors {
		if text := strings.TrimPrefix(e.Error, locust.NotSent); e.Unsent && !slices.Contains(kinds, text) {
			kinds = append(kinds, text)
		}
	}
	return strings.Join(kinds, ", ")
}
