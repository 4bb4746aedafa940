package cluster

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/kube"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// Platform scales and watches an experiment's workloads. A driver inside reaches
// the master by its Service, one outside through a port-forward.
func (c *Cluster) Platform(exp *spec.Experiment, inside bool) (platform.Platform, error) {
	return kube.New(c.config(exp, inside))
}

func (c *Cluster) config(exp *spec.Experiment, inside bool) kubeapi.Config {
	s := exp.LoadMatrix.Spec
	cfg := kubeapi.Config{
		REST: c.REST, Namespace: c.Namespace, Target: s.Target.ScaleTargetRef, Service: s.Target.Service,
		TargetURL: s.Target.URL, Autoscaler: s.Target.Autoscaler, Metrics: s.Target.Metrics, Inside: inside,
	}
	if s.Load.MasterURL == "" {
		cfg.Master, cfg.Worker = s.Cluster.Names.Master, s.Cluster.Names.Worker
		if inside {
			cfg.MasterURL = "http://" + net.JoinHostPort(s.Cluster.Names.Service, strconv.Itoa(manifests.WebPort))
		}
	}
	return cfg
}

// Restore puts back what a run that is over has left changed, and says so.
func (c *Cluster) Restore(ctx context.Context, exp *spec.Experiment) (string, error) {
	// The driver Jobs are gone when this is called, so whoever of ours holds the
	// lock is over; anybody else's run is not touched while it lives.
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
	return restore(ctx, c.config(exp, false), over)
}

// GiveBack restores, in the cluster, what this very run has left changed, and says
// so. It does nothing where the run does not have the target.
func (c *Cluster) GiveBack(ctx context.Context, exp *spec.Experiment, run string) (string, error) {
	held, err := c.Holds(ctx, exp, run)
	if err != nil || !held {
		return "", err
	}
	return restore(ctx, c.config(exp, true), run)
}

func restore(ctx context.Context, cfg kubeapi.Config, over string) (string, error) {
	done, err := kube.Restore(ctx, cfg, over)
	if err != nil || done.Run == "" {
		return "", err
	}
	text := "restored after run " + done.Run
	if len(done.Done) > 0 {
		text += ": " + strings.Join(done.Done, ", ")
	}
	if len(done.Left) > 0 {
		text += "; left as it is, because somebody changed it: " + strings.Join(done.Left, ", ")
	}
	return text, nil
}

func (c *Cluster) lastStatus(ctx context.Context, exp *spec.Experiment) (Status, error) {
	cm, err := c.Client.CoreV1().ConfigMaps(c.Namespace).Get(ctx, manifests.StatusName(exp.LoadMatrix.Spec.Cluster.Names), metav1.GetOptions{})
	if err != nil {
		return Status{}, fmt.Errorf("reading the run's status: %w", err)
	}
	s, _, err := decodeStatus(cm)
	return s, err
}
