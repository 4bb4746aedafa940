package driver

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Self is what a driver's pod knows of itself, from its variables.
type Self struct{ Namespace, Pod, PodUID, Job, JobUID string }

// SelfFrom reads the variables that manifests sets.
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

// Run is the id of the run that every pod of the Job works on.
func (s Self) Run() string { return RunID(s.Job, s.JobUID) }

// Holder names the run to others.
func (s Self) Holder() platform.Holder {
	return platform.Holder{Run: s.Run(), Detail: fmt.Sprintf("Job %s, pod %s", s.Job, s.Pod)}
}

// writer names this pod; a pod of the same name later is another.
func (s Self) writer() string { return s.Pod + "/" + s.PodUID }

// RunID names the run of a driver Job. Every pod of the Job works on the same run.
func RunID(job, uid string) string { return job + "-" + uid[:min(8, len(uid))] }
