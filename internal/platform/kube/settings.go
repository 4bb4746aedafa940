package kube

import (
	"cmp"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// settings are a Config with the platform's own times; tests are less patient.
type settings struct {
	kubeapi.Config
	// leaseDuration is how long the lock outlives its holder.
	leaseDuration time.Duration
	// unschedulableGrace is how long a pod may be unschedulable before that is final.
	unschedulableGrace time.Duration
	// stale is how old an observation may be.
	stale time.Duration
}

const (
	// A holder that could not renew for an API server's restart still has its lock.
	defaultLeaseDuration = 30 * time.Second
	// An autoscaler of nodes, which looks every 10 s, can say that it makes room.
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
