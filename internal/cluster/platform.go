package cluster

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/kube"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// Platform scales and watches an experiment's workloads from outside the cluster.
func (c *Cluster) Platform(exp *spec.Experiment) (platform.Platform, error) {
	return kube.New(c.config(exp))
}

func (c *Cluster) config(exp *spec.Experiment) kubeapi.Config {
	return kubeapi.ConfigOf(c.REST, c.Namespace, exp, false)
}

// Restore restores what a finished run left changed, and says what it did.
func (c *Cluster) Restore(ctx context.Context, exp *spec.Experiment) (string, error) {
	// The driver Jobs are gone by now, so that a holder of this experiment is over; anybody
	// else's run is left alone while it is alive.
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
	done, err := kube.Restore(ctx, c.config(exp), over)
	return done.String(), err
}

func (c *Cluster) lastStatus(ctx context.Context, exp *spec.Experiment) (driver.Status, error) {
	cm, err := c.Client.CoreV1().ConfigMaps(c.Namespace).Get(ctx, manifests.StatusName(exp.LoadMatrix.Spec.Cluster.Names), metav1.GetOptions{})
	if err != nil {
		return driver.Status{}, fmt.Errorf("reading the run's status: %w", err)
	}
	s, _, err := driver.DecodeStatus(cm)
	return s, err
}
