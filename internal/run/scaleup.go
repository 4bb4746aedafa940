package run

import (
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// scaleUp watches the target get more replicas, for the record. It costs no load: the target
// is scaled before there is any.
type scaleUp struct {
	// asked is when the replicas were asked for, routed when all were seen to receive traffic.
	asked, routed time.Time
	// before are the ids of the replicas that were there already; nil if that is not known.
	before map[string]bool
	now    platform.Status
}

// begin looks who is there before anything is asked for.
func (s *scaleUp) begin(ctx context.Context, p platform.Platform) {
	if !s.asked.IsZero() || !p.Properties().Scalable[platform.Target] {
		return
	}
	if st, err := p.Status(ctx, platform.Target); err == nil {
		s.before = map[string]bool{}
		for _, r := range st.Replicas {
			s.before[r.ID] = true
		}
	}
	s.asked = time.Now()
}

// follow looks whether all n are there.
func (s *scaleUp) follow(ctx context.Context, p platform.Platform, n int) {
	if s.before == nil || !s.routed.IsZero() {
		return
	}
	if st, err := p.Status(ctx, platform.Target); err == nil && st.Wanted == n && st.Ready == n {
		s.now, s.routed = st, time.Now()
	}
}

// result is nil if there are not more replicas than before.
func (s *scaleUp) result() *result.ScaleUp {
	var fresh []platform.Replica
	for _, r := range s.now.Replicas {
		if !s.before[r.ID] {
			fresh = append(fresh, r)
		}
	}
	if s.routed.IsZero() || len(fresh) == 0 || len(s.now.Replicas) <= len(s.before) {
		return nil
	}
	return &result.ScaleUp{
		From: len(s.before), To: len(s.now.Replicas),
		Scheduled: s.last(fresh, func(r platform.Replica) time.Time { return r.Scheduled }),
		Ready:     s.last(fresh, func(r platform.Replica) time.Time { return r.ReadySince }),
		Routed:    new(s.routed.Sub(s.asked).Seconds()),
	}
}

// last is when the last of some replicas had got somewhere; nil if that is not known of all.
func (s *scaleUp) last(of []platform.Replica, when func(platform.Replica) time.Time) *float64 {
	var last time.Time
	for _, r := range of {
		at := when(r)
		if at.IsZero() {
			return nil
		}
		if at.After(last) {
			last = at
		}
	}
	return new(max(last.Sub(s.asked).Seconds(), 0)) // in whole seconds it may seem to be earlier
}
