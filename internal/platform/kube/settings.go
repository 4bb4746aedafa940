package kube

import (
	"cmp"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// settings are a Config with the platform's own durations, which tests shorten.
type settings struct {
	kubeapi.Config
	// leaseDuration is how long the lock outlives its holder.
	leaseDuration time.Duration
	// unschedulableGrace is how long a pod may be unschedulable before it counts as stuck.
	unschedulableGrace time.Duration
	// stale is how old an observation may be.
	stale time.Duration
}

const (
	// Long enough to outlive a restart of the API server, during which nothing is renewed.
	defaultLeaseDuration = 30 * time.Second
	// Long enough for a node autoscaler, which checks every 10 s, to announce a node.
	defaultUnschedulableGrace = 30 * time.Second
	defaultStale              = 5 * time.Second
)

// withDefaults fills in what is not set.
func (s settings) withDefaults() (settings, error) {
	s.leaseDuration = cmp.Or(s.leaseDuration, defaultLeaseDuration)
	s.unschedulableGrace = cmp.Or(s.unschedulableGrace, defaultUnschedulableGrace)
	s.stale = cmp.Or(s.stale, defaultStale)
	cfg, err := s.Config.WithDefaults()
	s.Config = cfg
	return s, err
}
