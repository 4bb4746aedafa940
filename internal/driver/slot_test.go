package driver

import (
	"errors"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
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
	writeRecord(t, cms, names, id, created, func(r *result.Record) { r.Measured = &result.Measured{Duration: 1} })
}

// writeRecord keeps a run of one record.
func writeRecord(t *testing.T, cms ConfigMaps, names []string, id string, created time.Time, edit func(*result.Record)) {
	t.Helper()
	s, err := OpenStore(t.Context(), StoreOptions{ConfigMaps: cms, Shards: names, Run: id, Writer: "w"})
	if err != nil {
		t.Fatal(err)
	}
	h := testHeader(id, 1)
	h.Created = created
	r := noisy(h, 0, 10)
	edit(&r)
	if err := errors.Join(begin(t.Context(), s, h), s.Append(t.Context(), r), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestWanted: a run that has measured nothing has no results to protect, whatever its
// reasons say, and still counts as one that nobody has fetched.
func TestWanted(t *testing.T) {
	for name, test := range map[string]struct {
		edit     func(*result.Record)
		measured int
		wanted   bool
	}{
		"measured":    {edit: func(r *result.Record) { r.Measured = &result.Measured{Duration: 1} }, measured: 1, wanted: true},
		"interrupted": {edit: func(r *result.Record) { r.Status, r.Terminal = result.Interrupted, false }},
		"in a reason": {edit: func(r *result.Record) { r.Reasons = []string{`said {"measured":{}}`} }},
	} {
		t.Run(name, func(t *testing.T) {
			exp := testExperiment(t, "")
			cms := deployed(t, exp).CoreV1().ConfigMaps("ns")
			writeRecord(t, cms, shardNames(exp, 0), "first", time.Now(), test.edit)
			slot, err := fetchSlot(t.Context(), cms, shardNames(exp, 0))
			if err != nil || slot.Records != 1 || slot.Measured != test.measured || slot.Wanted() != test.wanted || slot.Fetched() {
				t.Errorf("%d records, %d measured, wanted: %v, fetched: %v, %v", slot.Records, slot.Measured, slot.Wanted(), slot.Fetched(), err)
			}
			_, err = ChooseSlot(t.Context(), cms, exp, "second")
			if errors.As(err, new(*NotDownloadedError)) != test.wanted {
				t.Errorf("the next run: %v", err)
			}
		})
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
