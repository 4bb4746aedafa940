package local

import (
	"context"
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
)

var _ platform.Sharer = (*Platform)(nil)

// Shares implements platform.Sharer: the balancer counts what it forwards.
func (p *Platform) Shares(ctx context.Context) (platform.Shares, error) {
	s, err := p.managed(ctx, platform.Target)
	if err != nil {
		return platform.Shares{}, fmt.Errorf("observing how the load is shared out: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, platform.AnswerLimit)
	defer cancel()
	r, err := s.guard.ask(ctx, balancer.Request{Op: balancer.OpShares})
	if err != nil {
		return platform.Shares{}, fmt.Errorf("observing how the load is shared out: %w", err)
	}
	out := platform.Shares{Source: balancerName, Replicas: map[string]platform.Share{}}
	for _, replica := range s.status(platform.Target).Replicas {
		got := r.Shares[replica.ID]
		out.Replicas[replica.ID] = platform.Share{
			Requests: float64(got.Requests), Connections: &platform.Connections{Opened: got.Opened, Open: got.Open},
		}
	}
	return out, nil
}
