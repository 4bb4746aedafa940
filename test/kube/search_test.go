//go:build cluster

package kube

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// searched asks how many replicas each load needs. A replica serves 80 predictions a second,
// which is less than 200 users want and more than 100 do.
func searched() experiment {
	return experiment{
		replicas: "[1, 2]", users: "[60, 100, 200]",
		measure: "{duration: 4s, settle: 1s, cooldown: 1s, attempts: 20}",
		cluster: "  slo: [{metric: p95, below: 400ms}]\n",
	}
}

// servesEighty are the arguments of such a replica.
func servesEighty() []string {
	return []string{"--servers", "2", "--service", "fixed", "--mean", "25ms"}
}

// TestSearchKilled asks for the demand, deletes the driver's pod in a window and kills its
// process between two: the search goes on where it was, and answers.
func TestSearchKilled(t *testing.T) {
	t.Parallel()
	l := newLab(t, searched(), servesEighty()...)
	l.run("deploy", "--answer", "demand")
	l.run("submit")
	c := l.start("monitor", "--json")
	c.awaitMeasuring(2)
	inWindow := time.Now()
	l.deletePod(driverPods)
	l.awaitRecords(4)
	l.killDriver()
	if code := c.wait(3 * time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	l.wantJob(batchv1.JobComplete)
	l.wantRestored()
	l.run("results", "--out", "out")
	journal := l.journal("out")
	l.wantSearched(journal)
	if again := within(journal, inWindow); again != nil {
		t.Errorf("%v was measured from %v to %v, although its driver was killed at %v", again.Key, again.Started, again.Finished, inWindow)
	}
	l.wantAnswers("out")
	l.wantInferred("out")
	for _, e := range c.events() {
		if e.Type == run.AttemptStarted {
			t.Logf("%s [%d/~%d] %v %s: %s", e.Time.Format(time.TimeOnly), e.Index+1, e.Total, e.Key, e.Role, e.Message)
		}
	}
}

// killDriver kills the driver's process at once, where the node is this machine.
func (l *lab) killDriver() {
	l.t.Helper()
	if os.Getenv(envTestbed) == "" {
		l.deletePod(driverPods)
		return
	}
	for _, pod := range l.pods(driverPods) {
		if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
			killProcess(l.t, pod.Name)
			l.t.Logf("killed the process of pod %s", pod.Name)
			return
		}
	}
	l.t.Fatal("no driver is running")
}

// awaitRecords waits until the journal in the cluster has n records.
func (l *lab) awaitRecords(n int) {
	l.t.Helper()
	eventually(l.t, 2*time.Minute, "records in the journal", func() error {
		list, err := l.client.CoreV1().ConfigMaps(l.ns).List(l.t.Context(), metav1.ListOptions{LabelSelector: manifests.LabelPart + "=" + manifests.PartJournal})
		if err != nil {
			return err
		}
		for _, slot := range driver.ReadSlots(list.Items) {
			if slot.Records >= n {
				return nil
			}
		}
		return errNotYet
	})
}

// wantJob checks how the run's Job ended.
func (l *lab) wantJob(want batchv1.JobConditionType) {
	l.t.Helper()
	eventually(l.t, 20*time.Second, "the end of the Job", func() error {
		list, err := l.client.BatchV1().Jobs(l.ns).List(l.t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, job := range list.Items {
			if slices.ContainsFunc(job.Status.Conditions, func(c batchv1.JobCondition) bool { return c.Type == want && c.Status == corev1.ConditionTrue }) {
				return nil
			}
		}
		return errors.New("no Job is " + string(want))
	})
}

// within is the final record of a window that was under way at a time; nil if there is none.
func within(journal *result.Run, at time.Time) *result.Record {
	i := slices.IndexFunc(journal.Records, func(r result.Record) bool {
		return r.Terminal && r.Started.Before(at) && r.Finished.After(at)
	})
	if i < 0 {
		return nil
	}
	return &journal.Records[i]
}

// wantSearched checks that fewer cells than the grid's six were measured for the answer, and
// nothing twice.
func (l *lab) wantSearched(journal *result.Run) {
	l.t.Helper()
	l.t.Logf("attempts: %v", statuses(journal))
	roles := map[string]int{}
	for _, r := range journal.Rows() {
		if r.Status != result.Skipped {
			roles[r.Role]++
		}
	}
	for _, r := range journal.Checks() {
		roles[r.Role]++
	}
	if roles[result.RoleGrid] != 4 || roles[result.RoleAudit] != 1 || roles[result.RoleConfirmation] != 1 {
		l.t.Errorf("measured by role: %v", roles)
	}
	l.wantSuccess(journal, len(roles)+3)
}

// wantAnswers checks the bounds of each answer, and that both are backed.
func (l *lab) wantAnswers(dir string) {
	l.t.Helper()
	type side struct {
		Replicas int    `json:"replicas"`
		Verdict  string `json:"verdict"`
		Inferred bool   `json:"inferred"`
	}
	var summary struct {
		Demand []struct {
			Users    int    `json:"users"`
			Low      int    `json:"low"`
			High     *int   `json:"high"`
			BackedBy []side `json:"backed_by"`
		} `json:"demand"`
	}
	data, err := os.ReadFile(l.path(dir + "/summary.json"))
	l.must(err)
	l.must(json.Unmarshal(data, &summary))
	want := map[int]int{60: 1, 100: 1, 200: 2}
	for _, d := range summary.Demand {
		if d.Low != want[d.Users] || d.High == nil || *d.High != want[d.Users] {
			l.t.Errorf("%d users: %+v, want %d", d.Users, d, want[d.Users])
		}
		if n := len(d.BackedBy); n != want[d.Users] || d.BackedBy[n-1].Verdict != "PASS" || d.BackedBy[n-1].Inferred {
			l.t.Errorf("%d users: backed by %+v", d.Users, d.BackedBy)
		}
		delete(want, d.Users)
	}
	if len(want) > 0 {
		l.t.Errorf("not answered: %v", want)
	}
}

// wantInferred checks that the rows of what was inferred say so, and have no figure.
func (l *lab) wantInferred(dir string) {
	l.t.Helper()
	f, err := os.Open(l.path(dir + "/auto_summary.csv"))
	l.must(err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	l.must(err)
	inferred := 0
	for _, row := range rows {
		status := row[len(row)-1]
		if !strings.HasPrefix(status, "SKIPPED: ") {
			continue
		}
		inferred++
		figures := strings.Join(row[3:len(row)-1], "")
		if !strings.HasPrefix(status, "SKIPPED: inferred PASS from ") || figures != "" || row[0] != "2" {
			l.t.Errorf("row %q", row)
		}
	}
	if inferred != 2 {
		l.t.Errorf("%d rows were inferred, want 2:\n%v", inferred, rows)
	}
}
