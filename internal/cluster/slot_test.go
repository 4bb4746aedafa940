package cluster

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestChooseSlot(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := testExperiment(t, "  schedule: {cron: \"0 2 * * 0\", history: 2}")
	mustDeploy(t, c, exp)
	cms := c.Client.CoreV1().ConfigMaps("default")
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
	slots, err := c.Kept(t.Context(), exp)
	if err != nil || len(slots) != 2 || slots[0].Run != "j-uid-3" || slots[1].Run != "j-uid-2" {
		t.Errorf("kept %d, %v", len(slots), err)
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
	c, _ := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	cms := c.Client.CoreV1().ConfigMaps("default")
	writeRun(t, cms, shardNames(exp, 0), "first", time.Now())
	if _, err := ChooseSlot(t.Context(), cms, exp, "second"); !errors.As(err, new(*NotDownloadedError)) {
		t.Errorf("error %v", err)
	}
	if _, err := ChooseSlot(t.Context(), cms, exp, "first"); err != nil {
		t.Error(err)
	}
	if err := c.mark(t.Context(), exp, 0, "first", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := ChooseSlot(t.Context(), cms, exp, "second"); err != nil {
		t.Error(err)
	}
}
