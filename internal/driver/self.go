package driver

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Self identifies a driver's pod and Job.
type Self struct{ Namespace, Pod, PodUID, Job, JobUID string }

// SelfFrom reads the environment variables that manifests sets.
func SelfFrom(getenv func(string) string) (Self, error) {
	s := Self{
		Namespace: getenv("NAMESPACE"), Pod: getenv(manifests.EnvPod), PodUID: getenv(manifests.EnvPodUID),
		Job: getenv(manifests.EnvJob), JobUID: getenv(manifests.EnvJobUID),
	}
	if s.Namespace == "" || s.Pod == "" || s.PodUID == "" || s.Job == "" || s.JobUID == "" {
		return s, fmt.Errorf("--in-cluster needs the variables NAMESPACE, %s, %s, %s and %s, as `swarmgrid manifests FILE` sets them",
			manifests.EnvPod, manifests.EnvPodUID, manifests.EnvJob, manifests.EnvJobUID)
	}
	return s, nil
}

// Run is the id of the run, which is the same for every pod of the Job.
func (s Self) Run() string { return RunID(s.Job, s.JobUID) }

// Holder names the run to others.
func (s Self) Holder() platform.Holder {
	return platform.Holder{Run: s.Run(), Detail: fmt.Sprintf("Job %s, pod %s", s.Job, s.Pod)}
}

// writer identifies this pod by name and UID, since names are reused.
func (s Self) writer() string { return s.Pod + "/" + s.PodUID }

// RunID is the id of a driver Job's run.
func RunID(job, uid string) string { return job + "-" + uid[:min(8, len(uid))] }
