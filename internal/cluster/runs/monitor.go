package runs

import (
	"context"
	"errors"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// MonitorOptions are the callbacks of Monitor.
type MonitorOptions struct {
	// Observe is called with the run's events.
	Observe func(run.Event)
	// Note is called with news of the driver's Job and pods.
	Note func(string)
}

// monitorPause is the polling interval; the driver publishes every two seconds.
const monitorPause = time.Second

// monitorPatience bounds how long the API server may be away.
const monitorPatience = 10 * time.Minute

// driverPatience is how long to wait for a driver whose pod is stuck: somebody may be
// fixing that.
const driverPatience = 3 * time.Minute

// endGrace is how long a pod may take to end after its driver has: a sidecar may be shutting
// down, and the Job's controller takes a moment.
const endGrace = 10 * time.Second

var errNoRun = errors.New("there is no run here; start one with `swarmgrid submit FILE`")

// Monitor follows the newest run, over all its pods, until its driver has published the end
// or its Job has ended. A Job that does not end with its run is deleted.
func (r *Runs) Monitor(ctx context.Context, opts MonitorOptions) (*Ending, error) {
	m := monitor{runs: r, opts: opts}
	away := time.Time{}
	for {
		ending, err := m.look(ctx)
		switch {
		case err == nil && ending == nil:
			away = time.Time{}
		case err == nil || ctx.Err() != nil || errors.Is(err, errNoRun) || isOthers(err) || kubeapi.Permanent(err) && !kubeapi.Denied(err):
			return ending, err
		case away.IsZero():
			away = time.Now()
		case time.Since(away) > monitorPatience || kubeapi.PermanentSince(err, away):
			return nil, err
		}
		if err != nil {
			m.note(fmt.Sprintf("the cluster does not answer: %v", err))
		}
		if err := kubeapi.Pause(ctx, monitorPause); err != nil {
			return nil, err
		}
	}
}

// monitor is the state of one Monitor.
type monitor struct {
	runs *Runs
	opts MonitorOptions

	// run is followed, job is its Job.
	run, job string
	seen     int64
	noted    string
	// stuck is since when the driver's pod is stuck, concluded since when the run is over
	// but its Job is not.
	stuck, concluded time.Time
	// stranded is since when the pod strandedIn keeps the next one from starting.
	stranded   time.Time
	strandedIn types.UID
	// podless says that the reason for having no pod has been noted.
	podless bool
	pods    podStory
	past    kubeapi.Histories
	quiet   silence
}

// look shows what is new; it returns the ending once the run is over.
func (m *monitor) look(ctx context.Context) (*Ending, error) {
	job, err := m.find(ctx)
	if err != nil {
		return nil, err
	}
	// Read after the Job, so that the status of a finished Job is final.
	status, err := m.status(ctx)
	if err != nil {
		return nil, err
	}
	if job == nil {
		return m.without(status)
	}
	if over, failure := ended(job); over {
		return m.over(ctx, status, failure), nil
	}
	return m.underway(ctx, job, status), nil
}

// find picks the Job to follow: at first the newest, then always the same.
func (m *monitor) find(ctx context.Context) (*batchv1.Job, error) {
	jobs, err := m.runs.jobs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		id := runOf(&jobs[i])
		if m.run == "" {
			m.run, m.job = id, jobs[i].Name
		}
		if id == m.run {
			return &jobs[i], nil
		}
	}
	return nil, nil
}

// without handles a Job that was deleted, as by its TTL.
func (m *monitor) without(status driver.Status) (*Ending, error) {
	if m.run == "" {
		if status.Run == "" {
			return nil, errNoRun
		}
		m.run = status.Run // the last run that is known
	}
	return ending(m.run, status, "its Job is gone"), nil
}

// status reads the status and shows new events.
func (m *monitor) status(ctx context.Context) (driver.Status, error) {
	cm, err := m.runs.statusMap(ctx)
	if err != nil {
		return driver.Status{}, kubeapi.Explain(err)
	}
	status, events, err := driver.DecodeStatus(cm)
	if err != nil || m.run != "" && status.Run != m.run {
		return driver.Status{}, err
	}
	for _, n := range events {
		if n.Seq > m.seen {
			m.seen = n.Seq
			m.opts.Observe(n.Event)
		}
	}
	return status, nil
}

// underway follows a run whose Job has not ended; the run itself may have.
func (m *monitor) underway(ctx context.Context, job *batchv1.Job, status driver.Status) *Ending {
	pods, err := m.runs.jobPods(ctx, job.Name)
	if err != nil && !status.Ends(m.run) {
		return nil // the next look may see them
	}
	if e := m.concludedBy(ctx, status, pods); e != nil {
		return m.outlived(ctx, job, pods, e)
	}
	m.concluded = time.Time{}
	for _, text := range m.pods.told(ctx, m.runs, pods) {
		m.note(text)
	}
	m.free(ctx, pods)
	return m.waiting(ctx, job, status, pods)
}

// free deletes a stranded pod, so that the Job starts the next one.
func (m *monitor) free(ctx context.Context, pods []corev1.Pod) {
	pod := stranded(pods)
	if pod == nil || pod.DeletionTimestamp != nil {
		return
	}
	if m.strandedIn != pod.UID {
		m.strandedIn, m.stranded = pod.UID, time.Now()
	}
	if m.stranded.IsZero() || time.Since(m.stranded) < endGrace {
		return
	}
	m.stranded = time.Time{} // one try
	text := notEnded(pod) + ", and the next pod cannot start before it ends; "
	err := m.runs.client.CoreV1().Pods(m.runs.namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}})
	if err != nil {
		m.note(fmt.Sprintf("%sdeleting it: %v; `kubectl delete pod %s` lets the run continue", text, err, pod.Name))
		return
	}
	m.note(text + "it was deleted so that the run can continue")
}

// waiting notes what keeps the driver from starting, or that it is unresponsive. A stuck
// pod is an ending after driverPatience.
func (m *monitor) waiting(ctx context.Context, job *batchv1.Job, status driver.Status, pods []corev1.Pod) *Ending {
	trouble, stuck := m.driverTrouble(ctx, job, pods)
	switch {
	case trouble == "":
		m.stuck = time.Time{}
		m.note(m.silence(ctx, job, status, pods))
		return nil
	case stuck && m.stuck.IsZero():
		m.stuck = time.Now()
	}
	if m.stuck.IsZero() || time.Since(m.stuck) < driverPatience {
		return nil // the message changes between the kubelet's retries; stuck does not
	}
	return &Ending{Run: m.run, Code: 1, Error: fmt.Sprintf(
		"its driver cannot start: %s; Job %s keeps trying until `swarmgrid cleanup FILE` stops it", trouble, job.Name)}
}

func (m *monitor) note(text string) {
	if text == "" {
		return
	}
	if text != m.noted && m.opts.Note != nil {
		m.opts.Note(text)
	}
	m.noted = text
}
