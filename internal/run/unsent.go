package run

import (
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

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
