package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

func (c *Cluster) config(exp *spec.Experiment, inside bool) kube.Config {
	s := exp.LoadMatrix.Spec
	cfg := kube.Config{
		REST: c.REST, Namespace: c.Namespace, Target: s.Target.ScaleTargetRef, Service: s.Target.Service,
		TargetURL: s.Target.URL, Autoscaler: s.Target.Autoscaler,
	}
	if s.Load.MasterURL == "" {
		cfg.Master, cfg.Worker = s.Cluster.Names.Master, s.Cluster.Names.Worker
		if inside {
			cfg.MasterURL = fmt.Sprintf("http://%s:%d", s.Cluster.Names.Service, manifests.WebPort)
		}
	}
	return cfg
}

// PreflightError lists everything that would make a run fail.
type PreflightError struct{ Problems []string }

// Error has a line per problem.
func (e *PreflightError) Error() string {
	text := "the cluster is not ready for this run:"
	for _, p := range e.Problems {
		text += "\n  " + strings.ReplaceAll(p, "\n", "\n    ")
	}
	return text
}

// PreflightOptions say who asks.
type PreflightOptions struct {
	// Inside is for the driver's pod.
	Inside bool
	// Run is the caller's own run, whose lock is no problem.
	Run string
	// Try sends the load's own requests once; nil where they are not known.
	Try func(ctx context.Context, client *http.Client, base string) error
}

// Preflight looks for everything that would make a run fail and changes nothing.
// Problems are a *PreflightError; unchecked is what could not be looked at. Only a
// locustfile's target is asked for ready.path: a swarmfile says itself what the
// users ask for.
func (c *Cluster) Preflight(ctx context.Context, exp *spec.Experiment, opts PreflightOptions) (unchecked []string, err error) {
	needs := kube.Needs{InCluster: opts.Inside, OwnRun: opts.Run, Try: opts.Try}
	if exp.Swarmfile == nil {
		needs.ReadyPath = exp.LoadMatrix.Spec.Target.Ready.Path
	}
	for _, s := range exp.Axes.Cells() {
		needs.Replicas, needs.Workers = max(needs.Replicas, s.Replicas), max(needs.Workers, s.Workers)
	}
	found, err := kube.Preflight(ctx, c.config(exp, opts.Inside), needs)
	if err == nil && len(found.Problems) > 0 {
		err = &PreflightError{found.Problems}
	}
	return found.Unchecked, err
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

func restore(ctx context.Context, cfg kube.Config, over string) (string, error) {
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

// Transient tells whether the next pod may get past an error: the network's or
// the API server's trouble, and not what the experiment or the cluster says no to.
func Transient(err error) bool {
	if errors.As(err, new(*BusyError)) {
		return true
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return !final(err)
	}
	return kube.Unreachable(err)
}
