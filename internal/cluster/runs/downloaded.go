package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// Slots lists the kept runs, the newest first.
func (r *Runs) Slots(ctx context.Context) ([]driver.Slot, error) {
	list, err := r.client.CoreV1().ConfigMaps(r.namespace).List(ctx, metav1.ListOptions{
		LabelSelector: manifests.PartSelector(r.exp.LoadMatrix, manifests.PartJournal),
	})
	if err != nil {
		return nil, fmt.Errorf("listing the journal's ConfigMaps: %w", kubeapi.Explain(err))
	}
	return driver.ReadSlots(list.Items), nil
}

// RefuseNotDownloaded is an error if there are results that were never downloaded.
func (r *Runs) RefuseNotDownloaded(ctx context.Context) error {
	slots, err := r.Slots(ctx)
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

// Discard marks all results that were never downloaded as given up.
func (r *Runs) Discard(ctx context.Context) error {
	slots, err := r.Slots(ctx)
	if err != nil {
		return err
	}
	for _, s := range slots {
		if !s.Wanted() {
			continue
		}
		if err := r.mark(ctx, s.Number, s.Run, driver.Discarded); err != nil {
			return err
		}
	}
	return nil
}

// MarkDownloaded marks the records of d as downloaded in the cluster.
func (r *Runs) MarkDownloaded(ctx context.Context, d *Downloaded) error {
	return r.mark(ctx, d.slot, d.Run, strconv.Itoa(d.records))
}

// mark sets the downloaded annotation of a run's slot, unless another run has the slot by now.
func (r *Runs) mark(ctx context.Context, slot int, run, value string) error {
	cms := r.client.CoreV1().ConfigMaps(r.namespace)
	name := manifests.JournalName(r.exp.LoadMatrix.Spec.Cluster.Names, slot, 0)
	return kubeapi.Retry(ctx, func(ctx context.Context) error {
		cm, err := cms.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("reading journal: %w", kubeapi.Explain(err))
		}
		if cm.Annotations[driver.AnnotationRun] != run {
			return nil
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"resourceVersion": cm.ResourceVersion, // the run that writes there may change it
			"annotations":     map[string]string{driver.AnnotationDownloaded: value},
		}})
		if err != nil {
			return fmt.Errorf("marking results as downloaded: %w", err)
		}
		if _, err := cms.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kubeapi.FieldManager}); err != nil {
			return fmt.Errorf("marking results as downloaded: %w", kubeapi.Explain(err))
		}
		return nil
	})
}
