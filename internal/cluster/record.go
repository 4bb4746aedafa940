package cluster

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// RecordError says that what deploy was given is written down, but cannot be read.
type RecordError struct {
	ConfigMap string
	Err       error
}

// Error names the place and the way on.
func (e *RecordError) Error() string {
	return fmt.Sprintf("reading what deploy was given: ConfigMap %s: its annotation %s %v, so another version of swarmgrid may have written it; run `swarmgrid deploy FILE` again with the flags that you want",
		e.ConfigMap, manifests.AnnotationOverrides, e.Err)
}

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// Recorded is what the last deploy of an experiment was given beside its file; nothing
// before the first, or where the objects are another experiment's. The note says why it
// is not known where one cannot ask, and the file then has to do. One that cannot be read
// is a *RecordError: without it the run would be another.
func (c *Cluster) Recorded(ctx context.Context, lm *v1alpha1.LoadMatrix) (record experiment.Record, note string, err error) {
	name := manifests.ExperimentName(lm.Spec.Cluster.Names)
	cm, err := c.Client.CoreV1().ConfigMaps(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, "", nil
	case kubeapi.Denied(err):
		return nil, fmt.Sprintf("what deploy was given is not known, since you may not get ConfigMap %s in namespace %s; the file is used as it is", name, c.Namespace), nil
	case err != nil:
		return nil, "", fmt.Errorf("reading what deploy was given: %w", err)
	case preflight.Foreign(cm, "ConfigMap", lm.Name) != nil:
		return nil, "", nil // which the verb itself refuses, if it matters to it
	}
	return recordOf(cm)
}

func recordOf(cm *corev1.ConfigMap) (record experiment.Record, note string, err error) {
	text, ok := cm.Annotations[manifests.AnnotationOverrides]
	if !ok {
		return nil, fmt.Sprintf("what deploy was given is not known, since ConfigMap %s has no annotation %s, so an older swarmgrid deployed it; the file is used as it is", cm.Name, manifests.AnnotationOverrides), nil
	}
	record, err = experiment.DecodeRecord(text)
	if err != nil {
		return nil, "", &RecordError{ConfigMap: cm.Name, Err: err}
	}
	return record, "", nil
}

// recordChange says what a deploy records, and what that takes the place of; empty where
// there is nothing and was nothing. What the driver's own variables beat is not promised.
func recordChange(before, now experiment.Record, driver []experiment.Setting) string {
	const told = "recorded, so that plan --cluster, submit and run take it from here: "
	holds, lost := now.Against(driver)
	said := told + holds.Flags()
	switch {
	case len(holds) == 0 && len(lost) > 0:
		said = "recorded for run alone: " + lost.Flags()
	case len(lost) > 0:
		said += fmt.Sprintf("; for run alone: %s", lost.Flags())
	}
	if len(lost) > 0 {
		said += ", which spec.cluster.driver.env beats in the cluster"
	}
	switch was, is := before.Flags(), now.Flags(); {
	case is == "" && was == "":
		return ""
	case is == "":
		return fmt.Sprintf("no longer recorded: %s of the last deploy; this one overrides nothing of the file", was)
	case was == "" || was == is:
		return said
	default:
		return said + fmt.Sprintf(" (the last deploy had %s)", was)
	}
}
