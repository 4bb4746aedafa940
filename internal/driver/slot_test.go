package driver

import (
	"errors"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

func TestChooseSlot(t *testing.T) {
	exp := testExperiment(t, "  schedule: {cron: \"0 2 * * 0\", history: 2}")
	cms := deployed(t, exp).CoreV1().ConfigMaps("ns")
	for i, want := range []string{"0", "1", "0", "1"} {
		self := Self{Job: "j", JobUID: fmt.Sprint("uid-", i), Pod: "p", PodUID: "u"}
		names, err := ChooseSlot(t.Context(), cms, exp, self.Run())
		if err != nil {
			t.Fatal(err)
		}
		if got := names[0]; got != "locust-load-test-matrix-journal-"+want+"-0" {
			t.Errorf("run %d goes to %s, want slot %s", i, got, want)
		}
		writeRun(t, cms, names, self.Run(), time.Unix(int64(1_800_000_000+i), 0))
	}
	list, err := cms.List(t.Context(), metav1.ListOptions{LabelSelector: manifests.PartSelector(exp.LoadMatrix, manifests.PartJournal)})
	if err != nil {
		t.Fatal(err)
	}
	if slots := ReadSlots(list.Items); len(slots) != 2 || slots[0].Run != "j-uid-3" || slots[1].Run != "j-uid-2" {
		t.Errorf("kept %d", len(slots))
	}
}

func writeRun(t *testing.T, cms ConfigMaps, names []string, id string, created time.Time) {
	t.Helper()
	s, err := OpenStore(t.Context(), StoreOptions{ConfigMaps: cms, Shards: names, Run: id, Writer: "w"})
	if err != nil {
		t.Fatal(err)
	}
	h := testHeader(id, 1)
	h.Created = created
	if err := errors.Join(begin(t.Context(), s, h), s.Append(t.Context(), noisy(h, 0, 10)), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestChooseSlotProtectsResults(t *testing.T) {
	exp := testExperiment(t, "")
	cms := deployed(t, exp).CoreV1().ConfigMaps("ns")
	writeRun(t, cms, shardNames(exp, 0), "first", time.Now())
	if _, err := ChooseSlot(t.Context(), cms, exp, "second"); !errors.As(err, new(*NotDownloadedError)) {
		t.Errorf("error %v", err)
	}
	if _, err := ChooseSlot(t.Context(), cms, exp, "first"); err != nil {
		t.Error(err)
	}
	cm, err := cms.Get(t.Context(), shardNames(exp, 0)[0], metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	annotate(cm, AnnotationDownloaded, "1")
	if _, err := cms.Update(t.Context(), cm, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := ChooseSlot(t.Context(), cms, exp, "second"); err != nil {
		t.Error(err)
	}
}
