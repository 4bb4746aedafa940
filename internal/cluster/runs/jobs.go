package runs

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// jobs lists an experiment's driver Jobs, the newest first.
func (r *Runs) jobs(ctx context.Context) ([]batchv1.Job, error) {
	list, err := r.client.BatchV1().Jobs(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: manifests.DriverSelector(r.exp.LoadMatrix)})
	if err != nil {
		return nil, fmt.Errorf("listing Jobs: %w", kubeapi.Explain(err))
	}
	jobs := list.Items
	for i := range jobs { // a few at most
		for j := i; j > 0 && jobs[j-1].CreationTimestamp.Before(&jobs[j].CreationTimestamp); j-- {
			jobs[j-1], jobs[j] = jobs[j], jobs[j-1]
		}
	}
	return jobs, nil
}

// ended tells whether a Job is over, and why it failed.
func ended(job *batchv1.Job) (over bool, failure string) {
	for _, cond := range job.Status.Conditions {
		if cond.Status != corev1.ConditionTrue {
			continue
		}
		switch cond.Type {
		case batchv1.JobComplete:
			return true, ""
		case batchv1.JobFailed:
			return true, fmt.Sprintf("%s: %s", cond.Reason, cond.Message)
		}
	}
	return false, ""
}
