package cluster

import (
	"context"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/kube"
)

// Platform scales and watches an experiment's workloads from outside the cluster.
func (c *Cluster) Platform(exp *experiment.Experiment) (platform.Platform, error) {
	return kube.New(c.config(exp))
}

func (c *Cluster) config(exp *experiment.Experiment) kubeapi.Config {
	return kubeapi.ConfigOf(c.REST, c.Namespace, exp, false)
}

// Restore restores what a finished run left changed, and says what it did.
func (c *Cluster) Restore(ctx context.Context, exp *experiment.Experiment) (string, error) {
	over, err := c.over(ctx, exp)
	if err != nil {
		return "", err
	}
	done, err := kube.Restore(ctx, c.config(exp), over)
	return done.String(), err
}

// over is the experiment's last run; empty where none is known. Its driver Jobs are gone
// when a target is restored, so whoever of ours holds the lock is over; anybody else's run
// is not touched while it lives.
func (c *Cluster) over(ctx context.Context, exp *experiment.Experiment) (string, error) {
	slots, err := c.slots(ctx, exp)
	if err != nil {
		return "", err
	}
	over := ""
	if status, err := c.lastStatus(ctx, exp); err == nil {
		over = status.Run
	}
	for _, s := range slots {
		if over == "" {
			over = s.Run
		}
	}
	return over, nil
}

func (c *Cluster) lastStatus(ctx context.Context, exp *experiment.Experiment) (driver.Status, error) {
	cm, err := c.statusMap(ctx, exp)
	if err != nil {
		return driver.Status{}, err
	}
	s, _, err := driver.DecodeStatus(cm)
	return s, err
}
