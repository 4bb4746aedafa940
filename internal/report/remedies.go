package report

import (
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// remedy is what to do about the findings of a check.
type remedy struct{ id, text string }

// remedies are those of all checks that the notes name, in the order of the checks.
func (m *Model) remedies() (out []remedy) {
	for _, c := range validity.Checks() {
		if slices.ContainsFunc(slices.Concat(m.Notes, m.Everywhere), func(n Note) bool { return slices.Contains(n.IDs, c.ID) }) {
			out = append(out, remedy{c.ID, c.Remedy})
		}
	}
	return out
}

// urgent are the remedies of what can make an attempt INVALID: what a terminal has room for.
func urgent(all []remedy) []remedy {
	return slices.DeleteFunc(all, func(r remedy) bool { return !strings.HasPrefix(r.id, "V") })
}
