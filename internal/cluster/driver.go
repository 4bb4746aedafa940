package cluster

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/spec"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// OpenStore opens the run's journal in the cluster. Histograms go to dir, if it
// is on a volume that outlives the pod.
func (c *Cluster) OpenStore(ctx context.Context, exp *spec.Experiment, self Self, dir string) (*Store, error) {
	cms := c.Client.CoreV1().ConfigMaps(c.Namespace)
	shards, err := ChooseSlot(ctx, cms, exp, self.Run())
	if err != nil {
		return nil, err
	}
	if exp.LoadMatrix.Spec.Cluster.ResultsClaim == "" {
		dir = ""
	}
	return OpenStore(ctx, StoreOptions{
		ConfigMaps: cms, Shards: shards, Run: self.Run(), Writer: self.writer(), Dead: c.podIsOver, Dir: dir,
	})
}

// podIsOver tells whether the driver in a writer's pod has ended, or the pod is gone. Its
// container is never started again.
func (c *Cluster) podIsOver(ctx context.Context, writer string) bool {
	name, uid, _ := strings.Cut(writer, "/")
	pod, err := c.Client.CoreV1().Pods(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return kubeapi.Final(err) && !kubeapi.Denied(err)
	}
	return string(pod.UID) != uid || driverOver(pod)
}

// LastWord is how the run ended, if an earlier pod has published that, and nil if it has
// not. Such a pod may have been followed by another all the same: a container beside its
// driver ended badly, or the pod was evicted before its Job knew.
func (c *Cluster) LastWord(ctx context.Context, exp *spec.Experiment, run string) (*Status, error) {
	var cm *corev1.ConfigMap
	err := kubeapi.Patiently(ctx, func(ctx context.Context) (err error) {
		cm, err = c.Client.CoreV1().ConfigMaps(c.Namespace).Get(ctx, manifests.StatusName(exp.LoadMatrix.Spec.Cluster.Names), metav1.GetOptions{})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking how far the run is: %w", err)
	}
	status, _, err := decodeStatus(cm)
	if err != nil || !status.ends(run) {
		return nil, err
	}
	return &status, nil
}

// Holds tells whether the target's Lease says that the run, through whichever pod,
// still has the target, and may have left it changed.
func (c *Cluster) Holds(ctx context.Context, exp *spec.Experiment, run string) (bool, error) {
	var holder *string
	err := kubeapi.Patiently(ctx, func(ctx context.Context) error {
		lease, err := c.Client.CoordinationV1().Leases(c.Namespace).Get(ctx, targetlock.Name(exp.LoadMatrix.Spec.Target), metav1.GetOptions{})
		if err == nil {
			holder = lease.Spec.HolderIdentity
		}
		return err
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("looking who has the target: %w", err)
	}
	return holder != nil && *holder == run, nil
}

// Begun tells whether an earlier pod of the run has got past the preflight: it
// holds the target, or has begun the journal. What such a run meets is no reason to
// give it up before its target is restored.
func (c *Cluster) Begun(ctx context.Context, exp *spec.Experiment, run string) (bool, error) {
	if held, err := c.Holds(ctx, exp, run); held || err != nil {
		return held, err
	}
	for slot := range manifests.Slots(exp.LoadMatrix.Spec.Schedule) {
		here := false
		err := kubeapi.Patiently(ctx, func(ctx context.Context) error {
			name := manifests.JournalName(exp.LoadMatrix.Spec.Cluster.Names, slot, 0)
			cm, err := c.Client.CoreV1().ConfigMaps(c.Namespace).Get(ctx, name, metav1.GetOptions{})
			here = err == nil && cm.Annotations[annotationRun] == run && len(cm.BinaryData[journalKey]) > 0
			return err
		})
		if err != nil && !apierrors.IsNotFound(err) {
			return false, fmt.Errorf("looking how far the run is: %w", err)
		}
		if here {
			return true, nil
		}
	}
	return false, nil
}

// Publisher makes the progress visible to monitor.
func (c *Cluster) Publisher(exp *spec.Experiment, self Self) *Publisher {
	return NewPublisher(c.Client.CoreV1().ConfigMaps(c.Namespace), manifests.StatusName(exp.LoadMatrix.Spec.Cluster.Names),
		Status{Run: self.Run(), Job: self.Job, Pod: self.Pod})
}
