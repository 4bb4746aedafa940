package runs

import (
	"context"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// driverTrouble notes what is wrong with the driver's pod, or why there is none. The latter
// is noted once, since the message names another pod at each retry.
func (m *monitor) driverTrouble(ctx context.Context, job *batchv1.Job, pods []corev1.Pod) (trouble string, stuck bool) {
	trouble, stuck = driverTrouble(pods, &m.past)
	if trouble != "" {
		m.podless = false
		m.note(trouble)
		return trouble, stuck
	}
	trouble = m.runs.noPod(ctx, job, pods)
	if trouble != "" && !m.podless {
		m.note(trouble)
	}
	m.podless = trouble != ""
	return trouble, trouble != ""
}

// driverTrouble is the trouble of pods whose driver has not started. Once it has, trouble of
// a sidecar does not matter.
func driverTrouble(pods []corev1.Pod, past *kubeapi.Histories) (trouble string, stuck bool) {
	past.See(pods, time.Now())
	_, d, stuck := past.Worst(slices.DeleteFunc(slices.Clone(pods), func(pod corev1.Pod) bool {
		return driver.Over(&pod) || driver.StateOf(&pod).Running != nil
	}), time.Now())
	return d.Text, stuck
}
