package run

import (
	"context"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// nodes are those on which target and load run; nil where the platform has none.
func (a *attempt) nodes(ctx context.Context, target *platform.Status) *result.Nodes {
	n := &result.Nodes{Target: map[string]int{}, Load: map[string]int{}}
	if target != nil {
		countNodes(n.Target, *target)
	}
	for _, role := range []platform.Role{platform.Master, platform.Worker} {
		if !a.platform.Properties().Scalable[role] {
			continue
		}
		if s, err := a.platform.Status(ctx, role); err == nil {
			countNodes(n.Load, s)
		}
	}
	if len(n.Target)+len(n.Load) == 0 {
		return nil
	}
	return n
}

func countNodes(on map[string]int, s platform.Status) {
	for _, r := range s.Replicas {
		if node := r.Traits[platform.TraitNode]; node != "" {
			on[node]++
		}
	}
}
