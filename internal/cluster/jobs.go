package cluster

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// jobs lists an experiment's driver Jobs, the newest first.
func (c *Cluster) jobs(ctx context.Context, exp *experiment.Experiment) ([]batchv1.Job, error) {
	list, err := c.Client.BatchV1().Jobs(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: manifests.DriverSelector(exp.LoadMatrix)})
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

// slots lists the kept runs, the newest first.
func (c *Cluster) slots(ctx context.Context, exp *experiment.Experiment) ([]driver.Slot, error) {
	list, err := c.Client.CoreV1().ConfigMaps(c.Namespace).List(ctx, metav1.ListOptions{
		LabelSelector: manifests.PartSelector(exp.LoadMatrix, manifests.PartJournal),
	})
	if err != nil {
		return nil, fmt.Errorf("listing the journal's ConfigMaps: %w", kubeapi.Explain(err))
	}
	return driver.ReadSlots(list.Items), nil
}

// refuseWanted is an error if there are results that were never downloaded.
func (c *Cluster) refuseWanted(ctx context.Context, exp *experiment.Experiment) error {
	slots, err := c.slots(ctx, exp)
	if err != nil {
		return err
	}
	for _, s := range slots {
		if s.Damage != nil && s.Wanted() {
			return driver.Discardable(s.Damage)
		}
		if s.Wanted() {
			return &driver.NotDownloadedError{Run: s.Run, Records: s.Records}
		}
	}
	return nil
}
