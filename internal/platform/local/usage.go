package local

import (
	"context"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Usage implements platform.Meter: what the processes of each replica's group have used.
func (p *Platform) Usage(ctx context.Context, role platform.Role) (platform.Usage, error) {
	s, err := p.managed(ctx, role)
	if err != nil {
		return platform.Usage{}, fmt.Errorf("reading what %s uses: %w", role, err)
	}
	groups := s.groups(role)
	used, err := usedBy(groups)
	if err != nil {
		return platform.Usage{}, fmt.Errorf("reading what %s uses: %w", role, err)
	}
	u := platform.Usage{Source: "proc", At: time.Now(), Replicas: len(groups), Throttled: -1, Counters: map[string]platform.UsageCounters{}}
	for group, id := range groups {
		u.Counters[id] = platform.UsageCounters{At: u.At, CPUSeconds: used[group].cpu.Seconds()}
		u.Memory += used[group].memory
	}
	return u, nil
}

// used is what a process group has used: processor time since it began, and memory now.
type used struct {
	cpu    time.Duration
	memory int64
}

// groups are the replicas' ids by their process groups.
func (s *session) groups(role platform.Role) map[int]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[int]string{}
	for _, r := range s.workloads[role].replicas {
		if r.proc != nil {
			out[r.proc.cmd.Process.Pid] = r.id
		}
	}
	return out
}
