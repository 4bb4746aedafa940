package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const deployedFile = `apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: it}
spec:
  target: {scaleTargetRef: {name: inference}, url: "http://inference:8000"}
  matrix: {replicas: [1], workers: [4], users: [50, 100, 200], include: [{replicas: 2, workers: 4, users: 50}]}
`

func loadAsDeployed(in Input, record Record, now ...Setting) (*Experiment, error) {
	settings, err := record.Under(now)
	if err != nil {
		return nil, err
	}
	return in.Load(settings)
}

// TestPrecedence: a flag beats a variable, that beats the record, which beats the file,
// and what is told is what holds.
func TestPrecedence(t *testing.T) {
	users := func(value string) Setting { return flag("users", FieldUsers, value) }
	for _, tt := range []struct {
		name          string
		deployed, now []Setting
		beaten        []Setting
		axes          string
		said          []string
	}{
		{name: "the file alone", axes: "1 × 4 × 50,100,200"},
		{
			name: "recorded", deployed: []Setting{users("10"), flag("workers", FieldWorkers, "1")}, axes: "1 × 1 × 10",
			said: []string{"workers 1 and users 10 as deployed (deploy --users 10 --workers 1); the file has workers 4 and users 50,100,200"},
		},
		{
			name: "a flag beats it", deployed: []Setting{users("10"), flag("workers", FieldWorkers, "1")}, now: []Setting{users("20")}, axes: "1 × 1 × 20",
			said: []string{
				"workers 1 as deployed (deploy --users 10 --workers 1); the file has workers 4",
				"users 20 (--users), not 10 as deployed",
			},
		},
		{
			name: "so does a variable", deployed: []Setting{users("10")}, now: []Setting{variable("USER_COUNTS", FieldUsers, "30")}, axes: "1 × 4 × 30",
			said: []string{"users 30 (USER_COUNTS), not 10 as deployed"},
		},
		{
			name: "a variable that deploy's flag has beaten does not come back", axes: "1 × 4 × 10",
			deployed: []Setting{variable("USER_COUNTS", FieldUsers, "30"), users("10")}, now: []Setting{variable("USER_COUNTS", FieldUsers, "30")},
			said: []string{"users 10 as deployed (USER_COUNTS=30 deploy --users 10); the file has users 50,100,200"},
		},
		{name: "the same again is nothing to tell", deployed: []Setting{users("10")}, now: []Setting{users("10")}, axes: "1 × 4 × 10"},
		{name: "as the file has it", deployed: []Setting{users("50,100,200")}, axes: "1 × 4 × 50,100,200"},
		{
			name: "a preset", deployed: []Setting{flag("preset", FieldPreset, "smoke"), users("10")}, axes: "2 × 4 × 10",
			said: []string{"replicas 2, users 10 and included scenarios 0 as deployed (deploy --preset smoke --users 10); the file has replicas 1, users 50,100,200 and included scenarios 1"},
		},
		{
			name: "a preset now takes all three", deployed: []Setting{users("10")}, now: []Setting{flag("preset", FieldPreset, "smoke")}, axes: "2 × 4 × 200,400,800",
			said: []string{"users 200,400,800 (--preset), not 10 as deployed"},
		},
		{
			name: "the driver's own variable beats all", deployed: []Setting{users("10"), flag("workers", FieldWorkers, "1")}, axes: "1 × 1 × 10",
			beaten: []Setting{variable("USER_COUNTS", FieldUsers, "5")},
			said:   []string{"workers 1 as deployed (deploy --users 10 --workers 1); the file has workers 4"},
		},
		{
			name: "times and objectives", axes: "1 × 4 × 50,100,200",
			deployed: []Setting{variable("TEST_DURATION", FieldDuration, "30"), flag("cooldown", FieldCooldown, "0s"), flag("slo", FieldSLO, "p95<200ms")},
			said:     []string{"duration 30s, cooldown 0s and SLO p95 < 200ms as deployed (TEST_DURATION=30 deploy --cooldown 0s --slo 'p95<200ms'); the file has duration 2m0s, cooldown 15s and SLO none"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := Input{Name: "it.yaml", Data: []byte(deployedFile)}
			record := NewRecord(tt.deployed)
			exp, err := loadAsDeployed(in, record, tt.now...)
			if err != nil {
				t.Fatal(err)
			}
			m := exp.LoadMatrix.Spec.Matrix
			if got := strings.Join([]string{numbers(m.Replicas), numbers(m.Workers), usersText(m.Users)}, " × "); got != tt.axes {
				t.Errorf("the matrix is %s, want %s", got, tt.axes)
			}
			if diff := cmp.Diff(tt.said, in.AsDeployed(record, tt.now, tt.beaten)); diff != "" {
				t.Errorf("it says (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryRecordableValueIsTold has no setting change a run in silence.
func TestEveryRecordableValueIsTold(t *testing.T) {
	for _, field := range recordable() {
		told := false
		for _, v := range values() {
			told = told || v.setBy([]Setting{{Field: field, Origin: "--x"}}) != ""
		}
		if !told {
			t.Errorf("%s is recorded and not told", field)
		}
	}
	in := Input{Name: "it.yaml", Data: []byte(deployedFile)}
	for _, s := range []Setting{
		flag("settle", FieldSettle, "1s"), flag("attempts", FieldAttempts, "7"), flag("spawn-rate", FieldSpawnRate, "3"),
		flag("load", FieldLoadFile, "mine.yaml"), flag("engine", FieldEngine, "locust"), flag("url", FieldURL, "http://b:1"),
		flag("master-url", FieldMasterURL, "http://m:1"), variable("INFERENCE_DEPLOYMENT", FieldTargetName, "b"), variable("WORKER_DEPLOYMENT", FieldWorkerName, "w"),
	} {
		if said := in.AsDeployed(NewRecord([]Setting{s}), nil, nil); len(said) != 1 || !strings.Contains(said[0], " "+s.Value+" as deployed") {
			t.Errorf("%s: %q", s.Origin, said)
		}
	}
}

// TestRecordedLoad reads no file of this machine that somebody in the cluster has chosen.
func TestRecordedLoad(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	swarmfile := "apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: u, tasks: [{name: a, request: {path: /a}}]}]}\n"
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte(swarmfile), 0o600); err != nil {
		t.Fatal(err)
	}
	in := Input{Name: "it.yaml", Data: []byte(deployedFile), Dir: "."}
	load := func(deployed string, now ...Setting) string {
		exp, err := loadAsDeployed(in, NewRecord([]Setting{flag("load", FieldLoadFile, deployed)}), now...)
		if err != nil {
			return err.Error()
		}
		return exp.LoadPath
	}
	away := filepath.Join(dir, "mine.yaml")
	again := ", and what the cluster names is read only from the folder that one is in, or one below; give --load again"
	for name, c := range map[string][2]string{
		"below":          {load("mine.yaml"), "mine.yaml"},
		"given again":    {load(away, flag("load", FieldLoadFile, away)), away},
		"anywhere":       {load(away), "what deploy was given: spec.load.file (deploy --load): is " + away + again},
		"above":          {load("../mine.yaml"), "what deploy was given: spec.load.file (deploy --load): is ../mine.yaml" + again},
		"not here":       {load("gone.yaml"), "it.yaml: spec.load.file (deploy --load): gone.yaml: no such file"},
		"beaten by ours": {load("../x.yaml", flag("load", FieldLoadFile, "mine.yaml")), "mine.yaml"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %s, want %s", name, c[0], c[1])
		}
	}
}

// TestProblemsOfARecord name the deploy that they are from.
func TestProblemsOfARecord(t *testing.T) {
	in := Input{Name: "it.yaml", Data: []byte(deployedFile)}
	_, err := loadAsDeployed(in, NewRecord([]Setting{flag("users", FieldUsers, "0")}))
	if err == nil || !strings.Contains(err.Error(), "spec.matrix.users[0] (deploy --users): is 0") {
		t.Errorf("%v", err)
	}
}
