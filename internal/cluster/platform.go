package cluster

import (
	"context"

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
	over, err := c.Runs(exp).Last(ctx)
	if err != nil {
		return "", err
	}
	done, err := kube.Restore(ctx, c.config(exp), over)
	return done.String(), err
}
