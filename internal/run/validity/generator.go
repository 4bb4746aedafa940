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
func (w *Watch) JudgeGenerator(m *result.Measured, p Pauses) (doubts []string) {
	window := time.Duration(m.Duration * float64(time.Second))
	if worker, most := p.longest(); w.still == "" && most.stood.Seconds() > stoodDoubt*m.Duration {
		doubts = append(doubts, most.text(worker, window))
	}
	doubts = append(doubts, w.judgeUnsent(m)...)
	doubts = append(doubts, folded(m)...)
	if m.Retries > 0 {
		doubts = append(doubts, fmt.Sprintf("%s sent again, because a kept connection had been closed: the target may have seen them twice",
			matrix.CountWere(int(m.Retries), "request")))
	}
	return doubts
}

// judgeUnsent judges the requests that the generator could not send.
func (w *Watch) judgeUnsent(m *result.Measured) (doubts []string) {
	if m.Unsent == 0 {
		return nil
	}
	text := RequestsUnsent.Reason(matrix.CountWere(int(m.Unsent), "request"), unsentKinds(m.Errors))
	if float64(m.Unsent) > unsentInvalid*float64(m.Requests+m.Unsent) {
		w.add(text)
		return nil
	}
	return []string{text}
}

// folded tells of endpoints and failures that were counted together, because there were
// more than are kept apart.
func folded(m *result.Measured) (doubts []string) {
	if slices.ContainsFunc(m.Endpoints, func(e result.EndpointResult) bool { return e.Name == locust.OtherEndpoints }) {
		doubts = append(doubts, "there were more tasks than the master keeps apart: some are counted together as "+locust.OtherEndpoints)
	}
	if slices.ContainsFunc(m.Errors, func(e result.ErrorCount) bool { return e.Error == locust.OtherErrors }) {
		doubts = append(doubts, "there were more kinds of failure than are kept apart: some are counted together as "+locust.OtherErrors)
	}
	return doubts
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
