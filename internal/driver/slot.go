package driver

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// NotDownloadedError says that a run's results would be lost.
type NotDownloadedError struct {
	Run     string
	Records int
}

// Error names the run and what to do.
func (e *NotDownloadedError) Error() string {
	return fmt.Sprintf("the results of run %s (%s) were never downloaded; fetch them with `swarmgrid results FILE --run %s`, or give them up with --discard-results", e.Run, matrix.Count(e.Records, "attempt"), e.Run)
}

// ChooseSlot finds the shards for a run: those that already hold it, else empty
// ones, else those of the oldest run. Results that nobody has fetched are only
// overwritten on a schedule, which keeps as many runs as it says.
func ChooseSlot(ctx context.Context, cms ConfigMaps, exp *experiment.Experiment, run string) ([]string, error) {
	schedule := exp.LoadMatrix.Spec.Schedule
	var oldest Slot
	for n := range manifests.Slots(schedule) {
		slot, err := fetchSlot(ctx, cms, shardNames(exp, n))
		if err != nil {
			return nil, err
		}
		slot.Number = n
		if slot.Run == run || slot.Records == 0 && slot.Damage == nil {
			// No slot before the run's own is empty: runs fill slots in order, and nothing
			// empties one.
			return shardNames(exp, n), nil
		}
		if n == 0 || slot.Created.Before(oldest.Created) {
			oldest = slot
		}
	}
	if schedule == nil && oldest.Wanted() && oldest.Damage != nil {
		return nil, Discardable(oldest.Damage)
	}
	if schedule == nil && oldest.Wanted() {
		return nil, &NotDownloadedError{oldest.Run, oldest.Records}
	}
	return shardNames(exp, oldest.Number), nil
}

// Discardable adds to damage how to give up the damaged results.
func Discardable(damage error) error {
	return fmt.Errorf("%w; --discard-results gives up whatever it holds", damage)
}

func shardNames(exp *experiment.Experiment, slot int) []string {
	names := make([]string, manifests.Shards(exp))
	for i := range names {
		names[i] = manifests.JournalName(exp.LoadMatrix.Spec.Cluster.Names, slot, i)
	}
	return names
}

func fetchSlot(ctx context.Context, cms ConfigMaps, names []string) (Slot, error) {
	var shards []*corev1.ConfigMap
	for _, name := range names {
		cm, err := cms.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return Slot{}, fmt.Errorf("reading journal: %w", kubeapi.Explain(err))
		}
		shards = append(shards, cm)
	}
	return readSlot(shards), nil
}
