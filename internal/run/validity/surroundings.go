package validity

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// DoubtThrottled tells of a target that a CPU limit held up. It is the target that was
// planned, so this explains its numbers.
func DoubtThrottled(used platform.Usage) (doubts []result.Finding) {
	if used.Throttled > throttledDoubt {
		return []result.Finding{TargetThrottled.Doubts(percent(used.Throttled))}
	}
	return nil
}

// DoubtNeighbours tells of load workers that ran on a node with a replica of the target, on a
// platform that has nodes and on which the workers are ours.
func (w *Watch) DoubtNeighbours() (doubts []result.Finding) {
	var shared []string
	near, targets := 0, nodes(w.before)
	for _, node := range nodes(w.processes[platform.Worker]) {
		if slices.Contains(targets, node) {
			near++
			shared = append(shared, node)
		}
	}
	if near == 0 {
		return nil
	}
	return []result.Finding{NodeShared.Doubts(matrix.Count(near, "load worker"), list(shared))}
}

// nodes are those of the replicas, where they are known.
func nodes(s platform.Status) (out []string) {
	for _, r := range s.Replicas {
		if node := r.Traits[platform.TraitNode]; node != "" {
			out = append(out, node)
		}
	}
	return out
}
