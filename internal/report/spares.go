package report

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// spared says of each load how many replicas it needs if one of them may be lost, or is being
// replaced: as many as pass have to be left.
func (m *Model) spared() (out []string) {
	if !m.scaled() {
		return nil
	}
	for _, s := range m.Spares {
		if s.Replicas == 0 {
			continue
		}
		text := fmt.Sprintf("%s: %s, of which %d may be left", matrix.Count(s.Users, "user"), matrix.Count(s.Replicas, "replica"), s.Left)
		if !s.Measured {
			text += fmt.Sprintf(" (%d were not measured themselves)", s.Replicas)
		}
		out = append(out, text)
	}
	return out
}
