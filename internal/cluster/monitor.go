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
		case err == nil || ctx.Err() != nil || errors.Is(err, errNoRun) || final(err) && !isForbidden(err):
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
		m.driverTrouble(ctx)
		return nil, nil
	}
	return ending(m.run, status, failure), nil
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

// driverTrouble tells what keeps the driver's pod from running.
func (m *monitor) driverTrouble(ctx context.Context) {
	trouble, _, err := m.cluster.podTrouble(ctx, "batch.kubernetes.io/job-name="+m.job)
	if err == nil && trouble != "" {
		m.note(trouble)
	}
}

func (m *monitor) note(text string) {
	if text != m.noted && m.opts.Note != nil {
		m.opts.Note(text)
	}
	m.noted = text
}
