package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// MonitorOptions say to whom to tell.
type MonitorOptions struct {
	// Observe gets the run's events, as if it ran here.
	Observe func(run.Event)
	// Note gets what the cluster says about the driver, when that changes.
	Note func(string)
}

// monitorPause is between two looks; the driver publishes every two seconds.
const monitorPause = time.Second

// monitorPatience bounds how long the API server may be away.
const monitorPatience = 10 * time.Minute

// driverPatience is how long a driver may be kept from starting by what is not
// expected to pass, an image that cannot be pulled for one.
const driverPatience = 3 * time.Minute

// staleAfter is how long a driver may be silent; it publishes every few seconds.
const staleAfter = time.Minute

// Ending is how a run ended.
type Ending struct {
	Run string
	// Code is the driver's exit code; 1 where it could not say one.
	Code int
	// Error is why, where the reports do not say it.
	Error string
}

// Monitor follows the newest run, through its pods' restarts, until its Job ends.
func (c *Cluster) Monitor(ctx context.Context, exp *spec.Experiment, opts MonitorOptions) (*Ending, error) {
	m := monitor{cluster: c, exp: exp, opts: opts}
	away := time.Time{}
	for {
		ending, err := m.look(ctx)
		switch {
		case err == nil && ending == nil:
			away = time.Time{}
		case err == nil || ctx.Err() != nil || errors.Is(err, errNoRun) || final(err) && !Denied(err):
			return ending, err
		case away.IsZero():
			away = time.Now()
		case time.Since(away) > monitorPatience || hopeless(err, away):
			return nil, err
		}
		if err != nil {
			m.note(fmt.Sprintf("the cluster does not answer: %v", err))
		}
		if err := pause(ctx, monitorPause); err != nil {
			return nil, err
		}
	}
}

// monitor is one follower.
type monitor struct {
	cluster *Cluster
	exp     *spec.Experiment
	opts    MonitorOptions

	// run is the one that is followed, job its Job.
	run, job string
	seen     int64
	noted    string
	// stuck is since when the driver's pod is in a state without a way out, told the
	// time of the newest status, seen first at toldAt.
	stuck, told, toldAt time.Time
	// podless says that it has been told why there is no pod.
	podless bool
}

// look shows what is new; an ending that is not nil ends the following.
func (m *monitor) look(ctx context.Context) (*Ending, error) {
	job, err := m.find(ctx)
	if err != nil {
		return nil, err
	}
	// The status is read after the Job, so that the status of a Job that is over is its last.
	status, err := m.status(ctx)
	if err != nil {
		return nil, err
	}
	if job == nil {
		return m.without(status)
	}
	over, failure := ended(job)
	if !over {
		return m.underway(ctx, job, status), nil
	}
	return m.over(ctx, status, failure), nil
}

// find picks the Job to follow: the newest, and then always that one.
func (m *monitor) find(ctx context.Context) (*batchv1.Job, error) {
	jobs, err := m.cluster.jobs(ctx, m.exp)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		id := RunID(jobs[i].Name, string(jobs[i].UID))
		if m.run == "" {
			m.run, m.job = id, jobs[i].Name
		}
		if id == m.run {
			return &jobs[i], nil
		}
	}
	return nil, nil
}

// without is for a Job that is gone: deleted, or by its TTL.
func (m *monitor) without(status Status) (*Ending, error) {
	if m.run == "" {
		if status.Run == "" {
			return nil, errNoRun
		}
		m.run = status.Run // the last run, as far as it is told
	}
	return ending(m.run, status, "its Job is gone"), nil
}

// status shows the events of the run that have not been shown.
func (m *monitor) status(ctx context.Context) (Status, error) {
	name := manifests.StatusName(m.exp.LoadMatrix.Spec.Cluster.Names)
	cm, err := m.cluster.Client.CoreV1().ConfigMaps(m.cluster.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return Status{}, fmt.Errorf("reading the run's status: %w", explain(err))
	}
	status, events, err := decodeStatus(cm)
	if err != nil || m.run != "" && status.Run != m.run {
		return Status{}, err
	}
	for _, n := range events {
		if n.Seq > m.seen {
			m.seen = n.Seq
			m.opts.Observe(n.Event)
		}
	}
	return status, nil
}

func ending(run string, status Status, failure string) *Ending {
	e := &Ending{Run: run, Code: status.ExitCode, Error: status.Error}
	if status.Run != run || !status.Finished {
		e.Code = 1
		if failure == "" {
			failure = "its driver did not say how it ended"
		}
		if e.Error != "" {
			failure += "; the driver's last word: " + e.Error
		}
		e.Error = failure
	}
	return e
}

// underway tells what keeps the driver from running or from telling how far it is.
// What it does not get over without help is an ending after a while.
func (m *monitor) underway(ctx context.Context, job *batchv1.Job, status Status) *Ending {
	trouble, hopeless, err := m.driverTrouble(ctx, job)
	switch {
	case err != nil:
		return nil
	case trouble == "":
		m.stuck = time.Time{}
		m.note(m.silence(status))
		return nil
	case hopeless && m.stuck.IsZero():
		m.stuck = time.Now()
	}
	if m.stuck.IsZero() || time.Since(m.stuck) < driverPatience {
		return nil // between two tries its words are others, and no less hopeless
	}
	return &Ending{Run: m.run, Code: 1, Error: fmt.Sprintf(
		"its driver cannot start: %s; Job %s goes on trying until `swarmgrid cleanup FILE` stops it", trouble, job.Name)}
}

// driverTrouble notes what is wrong with the driver's pod, or why there is none. That
// is noted once: its words name a pod that would have been, and so are others each time.
func (m *monitor) driverTrouble(ctx context.Context, job *batchv1.Job) (trouble string, hopeless bool, err error) {
	trouble, hopeless, err = m.cluster.podTrouble(ctx, "batch.kubernetes.io/job-name="+job.Name)
	if err != nil || trouble != "" {
		m.note(trouble)
		return trouble, hopeless, err
	}
	trouble = m.cluster.noPod(ctx, job)
	if trouble != "" && !m.podless {
		m.podless = true
		m.note(trouble)
	}
	return trouble, trouble != "", nil
}

// silence says that a driver that should tell something every few seconds does not.
func (m *monitor) silence(status Status) string {
	if status.Run != m.run {
		return ""
	}
	if !status.Updated.Equal(m.told) {
		m.told, m.toldAt = status.Updated, time.Now()
	}
	if time.Since(m.toldAt) < staleAfter {
		return ""
	}
	return "the driver has said nothing since " + m.told.Local().Format(time.TimeOnly)
}

// over is the ending of a Job that has ended.
func (m *monitor) over(ctx context.Context, status Status, failure string) *Ending {
	e := ending(m.run, status, failure)
	switch {
	case status.Run == m.run && status.Finished:
	case failure == "":
		return &Ending{Run: m.run} // the Job is complete, whatever was not published
	default:
		e.Code = m.cluster.driverCode(ctx, m.job)
	}
	return e
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
