package driver

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// bomb is some 64 KiB that unpack to more than a shard may.
func bomb() []byte { return compress(make([]byte, maxUnpacked+1)) }

// TestBombTakesNoSlot: a run does not overwrite what cannot be read, but where a
// schedule keeps only so many.
func TestBombTakesNoSlot(t *testing.T) {
	o := newObjects(shardNames(testExperiment(t, ""), 0)...)
	o.cms["locust-load-test-matrix-journal-0-0"].BinaryData = map[string][]byte{journalKey: bomb()}
	annotate(o.cms["locust-load-test-matrix-journal-0-0"], AnnotationRun, "old")
	if _, err := ChooseSlot(t.Context(), o, testExperiment(t, ""), "new"); err == nil || !strings.Contains(err.Error(), "--discard-results") {
		t.Errorf("%v, want the way on", err)
	}
	annotate(o.cms["locust-load-test-matrix-journal-0-0"], AnnotationDownloaded, Discarded)
	if _, err := ChooseSlot(t.Context(), o, testExperiment(t, ""), "new"); err != nil {
		t.Error(err)
	}
}

// TestJournalOfManyShards bounds what they unpack to together, and so what a reader needs.
func TestJournalOfManyShards(t *testing.T) {
	packed := compress(make([]byte, maxUnpacked))
	var list []corev1.ConfigMap
	for i := range maxJournal/maxUnpacked + 1 {
		list = append(list, corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("j", i), Labels: map[string]string{manifests.LabelShard: fmt.Sprint(i)}},
			BinaryData: map[string][]byte{journalKey: packed},
		})
	}
	slots := ReadSlots(list)
	if len(slots) != 1 || slots[0].Damage == nil || !strings.Contains(slots[0].Damage.Error(), "ConfigMap j8: with it the journal unpacks to more than 512 MiB") {
		t.Errorf("%+v", slots)
	}
}
