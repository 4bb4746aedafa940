package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// What the load generator may do wrong in a window (docs/running.md). Above the first bound
// of each pair the attempt is INVALID, above the second its numbers are in doubt.
const (
	// stoodInvalid and stoodDoubt are shares of the window in which a worker did not run:
	// its requests are missing from the rate, and its latencies include the pause. One
	// percent is what p99 can bear.
	stoodInvalid = .05
	stoodDoubt   = .01
	// unsentInvalid is a share of all requests: a generator is allowed one fault in ten
	// thousand. Any at all is a doubt.
	unsentInvalid = .0001
)

// judgeGenerator judges what the load generator did wrong, when the window is over.
func (a *attempt) judgeGenerator(p pauses) {
	m := a.rec.Measured
	window := time.Duration(m.Duration * float64(time.Second))
	if worker, most := p.longest(); a.watch.still == "" && most.stood.Seconds() > stoodDoubt*m.Duration {
		a.warn("%s", most.text(worker, window))
	}
	a.judgeUnsent(m)
	a.warnFolded(m)
	if m.Retries > 0 {
		a.warn("%s sent again, because a kept connection had been closed: the target may have seen them twice", matrix.CountWere(int(m.Retries), "request"))
	}
}

// judgeUnsent judges the requests that the generator could not send.
func (a *attempt) judgeUnsent(m *result.Measured) {
	if m.Unsent == 0 {
		return
	}
	text := fmt.Sprintf("%s not sent, by the load generator's own trouble: %s", matrix.CountWere(int(m.Unsent), "request"), unsentKinds(m.Errors))
	if float64(m.Unsent) > unsentInvalid*float64(m.Requests+m.Unsent) {
		a.watch.note("%s", text)
		return
	}
	a.warn("%s", text)
}

// warnFolded warns of endpoints and failures that were counted together, because there
// were more than are kept apart.
func (a *attempt) warnFolded(m *result.Measured) {
	if slices.ContainsFunc(m.Endpoints, func(e result.EndpointResult) bool { return e.Name == locust.OtherEndpoints }) {
		a.warn("there were more tasks than the master keeps apart: some are counted together as %s", locust.OtherEndpoints)
	}
	if slices.ContainsFunc(m.Errors, func(e result.ErrorCount) bool { return e.Error == locust.OtherErrors }) {
		a.warn("there were more kinds of failure than are kept apart: some are counted together as %s", locust.OtherErrors)
	}
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

func (a *attempt) warn(format string, args ...any) {
	a.rec.Warnings = append(a.rec.Warnings, fmt.Sprintf(format, args...))
}

// takeUnsentOut takes failures that are the load generator's own out of the counts of a
// master with totals. Their times stay in its percentiles.
func takeUnsentOut(m *result.Measured) {
	for i, e := range m.Errors {
		if !generatorFault(e.Error) {
			continue
		}
		m.Errors[i].Unsent = true
		m.Unsent += e.Occurrences
		m.Requests, m.Failures = m.Requests-e.Occurrences, m.Failures-e.Occurrences
		for j, row := range m.Endpoints {
			if row.Endpoint == e.Endpoint {
				m.Endpoints[j].Requests, m.Endpoints[j].Failures = row.Requests-e.Occurrences, row.Failures-e.Occurrences
			}
		}
	}
}

// generatorFault tells from a failure's text, which is all that Locust keeps, whether the
// request was never sent: no file or port was left, or no name could be resolved. A text
// from the user's own code proves nothing, since it may quote the target.
func generatorFault(text string) bool {
	if strings.HasPrefix(text, "CatchResponseError") {
		return false
	}
	if strings.HasPrefix(text, locust.NotSent) {
		return true
	}
	for _, sign := range []string{
		"Too many open files", "Cannot assign requested address", "No buffer space available", "Cannot allocate memory",
		"NameResolutionError", "gaierror", "Name or service not known", "Temporary failure in name resolution",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
