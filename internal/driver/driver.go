package driver

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform/kube"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// API is all that a driver itself asks of the API server. Having no other methods keeps a
// driver from depending on a person's rights; a test compares it with the deployed Role.
type API struct {
	ConfigMaps ConfigMaps
	Leases     Leases
	Pods       Pods
}

// Leases reads the target's Lease.
type Leases interface {
	Get(ctx context.Context, name string, opts metav1.GetOptions) (*coordinationv1.Lease, error)
}

// Pods reads a pod of the same Job.
type Pods interface {
	Get(ctx context.Context, name string, opts metav1.GetOptions) (*corev1.Pod, error)
}

// NewAPI narrows a client to what a driver may use.
func NewAPI(client kubernetes.Interface, namespace string) API {
	return API{
		ConfigMaps: client.CoreV1().ConfigMaps(namespace),
		Leases:     client.CoordinationV1().Leases(namespace),
		Pods:       client.CoreV1().Pods(namespace),
	}
}

// Driver is one pod's part of a run.
type Driver struct {
	api  API
	exp  *experiment.Experiment
	self Self
	// config is where the workloads are.
	config kubeapi.Config
}

// New makes the driver of an experiment in this pod.
func New(api API, config kubeapi.Config, exp *experiment.Experiment, self Self) *Driver {
	return &Driver{api: api, exp: exp, self: self, config: config}
}

// Connect makes the driver with the pod's own service account; tell is called while the API
// server does not answer, and over put over the connections to it, as a log.
func Connect(exp *experiment.Experiment, self Self, tell func(string), over func(http.RoundTripper) http.RoundTripper) (*Driver, error) {
	config, err := kubeapi.ConfigInside(tell)
	if err != nil {
		return nil, err
	}
	config.Wrap(over)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	return New(NewAPI(client, self.Namespace), kubeapi.ConfigOf(config, self.Namespace, exp, true), exp, self), nil
}

// OpenStore opens the run's journal in the cluster. Histograms are written to dir if that is
// on a volume that outlives the pod.
func (d *Driver) OpenStore(ctx context.Context, dir string) (*Store, error) {
	shards, err := ChooseSlot(ctx, d.api.ConfigMaps, d.exp, d.self.Run())
	if err != nil {
		return nil, err
	}
	if d.exp.LoadMatrix.Spec.Cluster.ResultsClaim == "" {
		dir = ""
	}
	return OpenStore(ctx, StoreOptions{
		ConfigMaps: d.api.ConfigMaps, Shards: shards, Run: d.self.Run(), Writer: d.self.writer(), Dead: d.podIsOver, Dir: dir,
	})
}

// podIsOver tells whether the driver in a writer's pod has terminated or the pod is gone. Its
// container is never restarted.
func (d *Driver) podIsOver(ctx context.Context, writer string) bool {
	name, uid, _ := strings.Cut(writer, "/")
	pod, err := d.api.Pods.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return kubeapi.Permanent(err) && !kubeapi.Denied(err)
	}
	return string(pod.UID) != uid || Over(pod)
}

// lastWord is the final status of the run if an earlier pod has published one, else nil. A
// Job can start another pod even then: a container beside the driver failed, or the pod was
// evicted before the Job's controller noticed.
func (d *Driver) lastWord(ctx context.Context) (*Status, error) {
	var cm *corev1.ConfigMap
	err := kubeapi.Retry(ctx, func(ctx context.Context) (err error) {
		cm, err = d.api.ConfigMaps.Get(ctx, manifests.StatusName(d.exp.LoadMatrix.Spec.Cluster.Names), metav1.GetOptions{})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the run's progress: %w", err)
	}
	status, _, err := DecodeStatus(cm)
	if err != nil || !status.Ends(d.self.Run()) {
		return nil, err
	}
	return &status, nil
}

// holds tells whether the run still holds the target's Lease, through whichever pod, and so
// may have left the target changed.
func (d *Driver) holds(ctx context.Context) (held bool, err error) {
	err = kubeapi.Retry(ctx, func(ctx context.Context) error {
		lease, err := d.api.Leases.Get(ctx, targetlock.Name(d.exp.LoadMatrix.Spec.Target), metav1.GetOptions{})
		held = err == nil && targetlock.Holder(lease).Run == d.self.Run()
		return err
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("reading who holds the target: %w", err)
	}
	return held, nil
}

// begun tells whether an earlier pod of the run has passed the preflight: the run holds the
// target or has a journal. Such a run must not be refused before its target is restored.
func (d *Driver) begun(ctx context.Context) (bool, error) {
	if held, err := d.holds(ctx); held || err != nil {
		return held, err
	}
	for slot := range manifests.Slots(d.exp.LoadMatrix.Spec.Schedule) {
		here := false
		err := kubeapi.Retry(ctx, func(ctx context.Context) error {
			name := manifests.JournalName(d.exp.LoadMatrix.Spec.Cluster.Names, slot, 0)
			cm, err := d.api.ConfigMaps.Get(ctx, name, metav1.GetOptions{})
			here = err == nil && cm.Annotations[AnnotationRun] == d.self.Run() && len(cm.BinaryData[journalKey]) > 0
			return err
		})
		if err != nil && !apierrors.IsNotFound(err) {
			return false, fmt.Errorf("reading the run's progress: %w", err)
		}
		if here {
			return true, nil
		}
	}
	return false, nil
}

// Publish starts publishing the progress for monitor.
func (d *Driver) Publish() *Publisher {
	return NewPublisher(d.api.ConfigMaps, manifests.StatusName(d.exp.LoadMatrix.Spec.Cluster.Names),
		Status{Run: d.self.Run(), Job: d.self.Job, Pod: d.self.Pod})
}

// giveBack restores what this run has left changed and describes it. It does nothing if the
// run does not hold the target.
func (d *Driver) giveBack(ctx context.Context) (string, error) {
	held, err := d.holds(ctx)
	if err != nil || !held {
		return "", err
	}
	done, err := kube.Restore(ctx, d.config, d.self.Run())
	return done.String(), err
}
