package experiment

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

const minimal = `apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
spec:
  target:
    process: {command: [sim, "{{port}}"]}
`

func decode(t *testing.T, text string, settings ...Setting) (*Experiment, error) {
	t.Helper()
	return Decode("x.yaml", []byte(text), t.TempDir(), settings)
}

func TestDefaults(t *testing.T) {
	exp, err := decode(t, minimal)
	if err != nil {
		t.Fatal(err)
	}
	want := matrix.Axes{Replicas: []int{1, 2, 4, 8}, Workers: []int{4, 8}, Users: []int{200, 400, 800}, Repeats: 1}
	if diff := cmp.Diff(want, exp.Axes); diff != "" {
		t.Errorf("axes (-want +got):\n%s", diff)
	}
	if exp.Duration() != 2*time.Minute || exp.Cooldown() != 15*time.Second || exp.Settle() != 6*time.Second {
		t.Errorf("measure = %v, %v, %v", exp.Duration(), exp.Cooldown(), exp.Settle())
	}
	if s := exp.LoadMatrix.Spec; s.Measure.Attempts != 3 || s.Gate != "answer" || s.Load.Engine != "swarm" || s.Target.Ready.Path != "/healthz" {
		t.Errorf("spec = %+v", s)
	}
	if exp.Swarmfile == nil || len(exp.Swarmfile.Spec.Users[0].Tasks) != 3 {
		t.Error("the built-in mix is not the default")
	}
	for users, rate := range map[int]float64{5: 1, 10: 1, 200: 20, 400: 40, 800: 50} {
		if got := exp.SpawnRate(users); got != rate {
			t.Errorf("SpawnRate(%d) = %v, want %v", users, got, rate)
		}
	}
}

// TestProblems has one row per way to be wrong, each with what must be said.
func TestProblems(t *testing.T) {
	spec := func(body string) string {
		return "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n" + body
	}
	process := "  target: {process: {command: [sim]}}\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", "is empty"},
		{"comment only", "# nothing\n", "is empty"},
		{"no spec", "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\n", "spec (line 1): is missing"},
		{"not YAML", "a: [", "line 1"},
		{"a scalar", "hello", `is the string "hello", must be a mapping`},
		{"two documents", minimal + "---\na: 1\n", "holds several documents"},
		{"other version", strings.Replace(minimal, "v1alpha1", "v9", 1), `apiVersion (line 1): is "swarmgrid.dev/v9", must be swarmgrid.dev/v1alpha1`},
		{"other kind", strings.Replace(minimal, "LoadMatrix", "Pod", 1), `kind (line 2): is "Pod", must be LoadMatrix`},
		{"field too deep", minimal + "  matrix:\n    users: [1]\n    measure:\n    duration: 10s\n", "spec.matrix.measure (line 8): unknown field (measure is a field of spec: is it indented as far as that one's fields?); known here: "},
		{"its field too deep", minimal + "  matrix:\n    users: [1]\n    duration: 10s\n", "spec.matrix.duration (line 8): unknown field (duration is a field of spec.measure: is it indented as far as that one's fields?); known here: "},
		{"field of several", minimal + "  matrix:\n    path: /\n", "spec.matrix.path (line 7): unknown field; known here: "},
		{"unknown field", minimal + "    prozess: {}\n", "spec.target.prozess (line 6): unknown field (did you mean process?); known here: url, scaleTargetRef, process"},
		{"case matters", strings.Replace(minimal, "process", "Process", 1), "spec.target.Process (line 5): unknown field"},
		{"duplicate key", minimal + "    url: http://a\n    url: http://b\n", "spec.target.url (line 7): is given twice"},
		{"number for string", spec("  target: {url: 8000}\n"), "spec.target.url (line 4): is the number 8000, must be a string"},
		{"string for number", spec(process + "  matrix: {repeats: two}\n"), `spec.matrix.repeats (line 5): is the string "two", must be a whole number`},
		{"float for int", spec(process + "  matrix: {users: [1.5]}\n"), "spec.matrix.users[0] (line 5): is the number 1.5, must be a whole number"},
		{"int too big", spec(process + "  matrix: {users: [99999999999999999999]}\n"), "is the number 99999999999999999999, must be a whole number of at most"},
		{"scalar for list", spec(process + "  matrix: {users: 5}\n"), "spec.matrix.users (line 5): is the number 5, must be a list"},
		{"zero", spec(process + "  matrix: {replicas: [1, 0]}\n"), "spec.matrix.replicas[1] (line 5): is 0, must be 1 to 10000"},
		{"negative", spec(process + "  matrix: {workers: [-4]}\n"), "spec.matrix.workers[0] (line 5): is -4, must be 1 to"},
		{"empty list", spec(process + "  matrix: {users: []}\n"), "spec.matrix.users (line 5): is an empty list"},
		{"duplicate value", spec(process + "  matrix: {users: [5, 5]}\n"), "spec.matrix.users[1] (line 5): repeats 5"},
		{"product", spec(process + "  matrix: {repeats: 1000}\n"), "has 24000 scenarios (4 replicas × 2 workers × 3 users, times repeats), at most 10000"},
		{"all excluded", spec(process + "  matrix: {replicas: [1], workers: [1], users: [1], exclude: [{replicas: 1, workers: 1, users: 1}]}\n"), "has no scenarios left after exclude"},
		{"more workers than users", spec(process + "  matrix: {users: [3]}\n"), "4 workers and 3 users"},
		{"duration without unit", spec(process + "  measure: {duration: 120}\n"), "spec.measure.duration (line 5): is 120, which lacks a unit; write 120s"},
		{"quoted without unit", spec(process + "  measure: {duration: \"120\"}\n"), "is 120, which lacks a unit; write 120s"},
		{"part of a second", spec(process + "  measure: {duration: 1500ms}\n"), "spec.measure.duration (line 5): is 1.5s, must be whole seconds"},
		{"negative cooldown", spec(process + "  measure: {cooldown: -1s}\n"), "spec.measure.cooldown (line 5): is -1s, must be 0s to"},
		{"no load file", spec(process + "  load: {file: absent.yaml}\n"), "absent.yaml: no such file"},
		{"process and ref", spec("  target: {process: {command: [sim]}, scaleTargetRef: {kind: Deployment, name: x}}\n"), "spec.target.scaleTargetRef (line 4): is given beside process"},
		{"no target", spec("  target: {}\n"), "spec.target (line 4): names nothing to load; give process, scaleTargetRef or url"},
		{"url cannot scale", spec("  target: {url: \"http://a\"}\n  matrix: {replicas: [1, 2]}\n"), "spec.matrix.replicas (line 5): is [1 2], but a target with only a url cannot be scaled"},
		{"masterURL has its workers", spec(process + "  load: {masterURL: \"http://m:8089\"}\n  matrix: {workers: [4]}\n"), "spec.matrix.workers (line 6): must be left out with masterURL"},
		{"masterURL has its file", spec(process + "  load: {masterURL: \"http://m:8089\", file: x.yaml}\n"), "spec.load.file (line 5): is given beside masterURL"},
		{"url without a load", spec("  target: {url: \"http://a\"}\n"), "spec.load (line 3): does not say what to send to target.url; name a swarmfile or locustfile in load.file, or give load: {builtin: forecasting}"},
		{"builtin beside file", spec(process + "  load: {file: x.yaml, builtin: forecasting}\n"), "spec.load.builtin (line 5): is given beside file"},
		{"builtin beside masterURL", spec(process + "  load: {masterURL: \"http://m:8089\", builtin: forecasting}\n"), "spec.load.builtin (line 5): is given beside masterURL"},
		{"other builtin", spec(process + "  load: {builtin: shop}\n"), `spec.load.builtin (line 5): is "shop", must be one of forecasting`},
		{"null in a list", spec(process + "  matrix: {users: [5, null]}\n"), "spec.matrix.users[1] (line 5): is null, must be a value"},
		{"not a URL", spec("  target: {url: \"inference:8000\"}\n"), `spec.target.url (line 4): is "inference:8000", which has no scheme; did you mean http://inference:8000?`},
		{"credentials", spec("  target: {url: \"http://me:secret@a\"}\n"), "spec.target.url (line 4): holds a user name or password"},
		{"metric", spec(process + "  slo: [{metric: p97, below: 1s}]\n"), `spec.slo[0].metric (line 5): is "p97", must be one of p50, p90, p95, p99, p99.9, mean, failures, rps`},
		{"bound", spec(process + "  slo: [{metric: p95, below: \"800\"}]\n"), `spec.slo[0].below (line 5): is 800, which lacks a unit; write 800ms`},
		{"percentage", spec(process + "  slo: [{metric: failures, below: \"120%\"}]\n"), "must be a percentage above 0% and at most 100%"},
		{"gate", spec(process + "  gate: maybe\n"), `spec.gate (line 5): is "maybe", must be one of answer, all, off`},
		{"a price of nothing", spec(process + "  pricing: {podHour: 0, currency: EUR}\n"), "spec.pricing.podHour (line 5): is 0, must be what a replica costs in an hour"},
		{"a price without its currency", spec(process + "  pricing: {podHour: 0.12}\n"), `spec.pricing.currency (line 5): is "", must be a code of three capitals, as in EUR`},
		{"a price of pods that nobody counts", spec("  target: {url: \"http://a\"}\n  load: {builtin: forecasting}\n  pricing: {podHour: 1, currency: EUR}\n"), "spec.pricing (line 6): is about the replicas of the target"},
		{"a name that is no label", "metadata: {name: " + strings.Repeat("a", 64) + "}\n" + minimal, "metadata.name (line 1): is \"" + strings.Repeat("a", 64) + "\", must be lower-case letters, digits, '-' and '.', at most 63"},
		{"a Job's name", spec(process + "  cluster: {names: {job: " + strings.Repeat("a", 64) + "}}\n"), "spec.cluster.names.job (line 5): is"},
		{"a Role's name", spec(process + "  cluster: {names: {role: " + strings.Repeat("a", 254) + "}}\n"), "at most 253"},
		{"merge key", spec(process + "  matrix: {<<: {repeats: 2}}\n"), "must be a plain name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decode(t, tt.text)
			var specErr *Error
			if !errors.As(err, &specErr) {
				t.Fatalf("error = %v, want *Error", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v\nwant it to hold %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := decode(t, `apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
spec:
  target:
    process: {command: []}
    balance: fair
  matrix:
    replicas: [0]
    users: [1, 1]
  measure: {duration: 5, bogus: 1}
`)
	var specErr *Error
	if !errors.As(err, &specErr) {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range specErr.Problems {
		lines = append(lines, p.Source.Line)
	}
	// Both of line 10, and the duration's range is not doubted on top of its type.
	if diff := cmp.Diff([]int{5, 6, 8, 9, 10, 10}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s\n%v", diff, err)
	}
}

func TestHostileYAML(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'k'; i++ {
		prev := string(i - 1)
		bomb += string(i) + ": &" + string(i) + " [" + strings.Repeat("*"+prev+",", 9) + "*" + prev + "]\n"
	}
	tests := map[string]string{
		"bomb in a free-form field": "apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: A, tasks: [{name: t, request: {path: /, json: {" +
			strings.ReplaceAll(strings.TrimSuffix(bomb, "\n"), "\n", ", ") + "}}}]}]}\n",
		"deep":      "spec: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"huge":      "a: " + strings.Repeat("x", maxBytes),
		"self":      "spec: &a {target: *a}",
		"many keys": "spec: {" + strings.Repeat("a: 1, ", 20000) + "}",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeSwarmfile("x.yaml", []byte(text))
			if err == nil {
				t.Fatal("accepted")
			}
			if len(err.Error()) > 100_000 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestSettings(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"REPLICA_COUNTS": "3, 5", "TEST_DURATION": "90", "USER_COUNTS": "10", "COOLDOWN": "2m"}[name]
	}
	exp, err := decode(t, minimal, append(FromEnvironment(env),
		Setting{Field: FieldUsers, Origin: "--users", Value: "20,40"},
		Setting{Field: FieldWorkers, Origin: "--workers", Value: "2"})...)
	if err != nil {
		t.Fatal(err)
	}
	want := matrix.Axes{Replicas: []int{3, 5}, Workers: []int{2}, Users: []int{20, 40}, Repeats: 1}
	if diff := cmp.Diff(want, exp.Axes); diff != "" {
		t.Errorf("axes (-want +got):\n%s", diff)
	}
	if exp.Duration() != 90*time.Second || exp.Cooldown() != 2*time.Minute {
		t.Errorf("duration %v, cooldown %v", exp.Duration(), exp.Cooldown())
	}
}

func TestPresetBeatsFileAndEnvironmentButNotFlags(t *testing.T) {
	settings := []Setting{
		{Field: FieldUsers, Origin: "--users", Value: "10"},
		{Field: FieldReplicas, Origin: "REPLICA_COUNTS", Value: "7"},
		{Field: FieldPreset, Origin: "--preset", Value: "smoke"},
	}
	exp, err := decode(t, minimal+"  matrix: {include: [{replicas: 9, workers: 9, users: 9}]}\n", settings...)
	if err != nil {
		t.Fatal(err)
	}
	want := matrix.Axes{Replicas: []int{2}, Workers: []int{4}, Users: []int{10}, Repeats: 1}
	if diff := cmp.Diff(want, exp.Axes); diff != "" {
		t.Errorf("axes (-want +got):\n%s", diff)
	}
}

func TestSettingProblemsNameTheirOrigin(t *testing.T) {
	tests := []struct {
		setting Setting
		want    string
	}{
		{Setting{Field: FieldUsers, Origin: "--users", Value: "0"}, "spec.matrix.users[0] (--users): is 0"},
		{Setting{Field: FieldUsers, Origin: "USER_COUNTS", Value: "a"}, `(USER_COUNTS): is "a", must be whole numbers`},
		{Setting{Field: FieldDuration, Origin: "TEST_DURATION", Value: "0", BareSeconds: true}, "spec.measure.duration (TEST_DURATION): is 0s, must be 1s to"},
		{Setting{Field: FieldDuration, Origin: "--duration", Value: "0s"}, "spec.measure.duration (--duration): is 0s, must be 1s to"},
		{Setting{Field: FieldReplicas, Origin: "REPLICA_COUNTS", Value: "0"}, "spec.matrix.replicas[0] (REPLICA_COUNTS): is 0"},
		{Setting{Field: FieldEngine, Origin: "--engine", Value: ""}, `spec.load.engine (--engine): is "", must be one of swarm, locust`},
		{Setting{Field: FieldSpawnRate, Origin: "--spawn-rate", Value: "NaN"}, "spec.load.spawnRate (--spawn-rate): is NaN, must be at most"},
		{Setting{Field: FieldURL, Origin: "--url", Value: ""}, "spec.target.url (--url): is empty; give a base URL"},
		{Setting{Field: FieldPreset, Origin: "--preset", Value: "big"}, `preset (--preset): is "big", must be full, baseline or smoke`},
		{Setting{Field: FieldDuration, Origin: "--duration", Value: "3"}, `(--duration): is 3, which lacks a unit; write 3s`},
		{Setting{Field: FieldTargetName, Origin: "INFERENCE_DEPLOYMENT", Value: "x"}, "is given beside process"},
	}
	for _, tt := range tests {
		_, err := decode(t, minimal, tt.setting)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s=%s: error = %v, want it to hold %q", tt.setting.Origin, tt.setting.Value, err, tt.want)
		}
	}
}

func TestSwarmfileProblems(t *testing.T) {
	file := func(users string) string {
		return "apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec:\n  users: " + users + "\n"
	}
	task := "{name: t, request: {path: /}}"
	headers := func(text string) string {
		return file("[{name: A, tasks: [{name: t, request: {path: /, headers: {" + text + "}}}]}]")
	}
	const at = "spec.users[0].tasks[0].request.headers."
	tests := []struct{ name, text, want string }{
		{"no users", file("[]"), "spec.users (line 4): is empty"},
		{"no tasks", file("[{name: A}]"), "spec.users[0].tasks"},
		{"class name", file("[{name: a b, tasks: [" + task + "]}]"), `spec.users[0].name (line 4): is "a b"`},
		{"same class", file("[{name: A, tasks: [" + task + "]}, {name: A, tasks: [" + task + "]}]"), `repeats "A"`},
		{"weight", file("[{name: A, weight: -1, tasks: [" + task + "]}]"), "spec.users[0].weight (line 4): is -1, must be 0, which means never, to 1000000"},
		{"only tasks that never run", file("[{name: A, tasks: [{name: t, weight: 0, request: {path: /}}]}]"), "spec.users[0].tasks (line 4): have only weights of 0"},
		{"only classes that never run", file("[{name: A, weight: 0, tasks: [" + task + "]}, {name: B, weight: 0.0, tasks: [" + task + "]}]"), "spec.users (line 4): have only weights of 0"},
		{"status 0", file("[{name: A, tasks: [{name: t, request: {path: /}, expect: {status: 0}}]}]"), "spec.users[0].tasks[0].expect.status (line 4): is 0, must be 100 to 599"},
		{"waits", file("[{name: A, wait: {constant: 1s, between: [1s, 2s]}, tasks: [" + task + "]}]"), "has constant and between"},
		{"wait order", file("[{name: A, wait: {between: [2s, 1s]}, tasks: [" + task + "]}]"), "between[1] (line 4): is 1s, must be 2s to"},
		{"method", file("[{name: A, tasks: [{name: t, request: {method: FETCH, path: /}}]}]"), `is "FETCH", must be one of GET`},
		{"path", file("[{name: A, tasks: [{name: t, request: {path: x}}]}]"), `is "x", must begin with /`},
		{"template", file(`[{name: A, tasks: [{name: t, request: {path: "/{{nope}}"}}]}]`), "nope"},
		{"template in JSON", file(`[{name: A, tasks: [{name: t, request: {path: /, json: {a: "{{int}}"}}}]}]`), "spec.users[0].tasks[0].request.json"},
		{"two bodies", file("[{name: A, tasks: [{name: t, request: {path: /, json: {}, body: x}}]}]"), "is given beside json"},
		{"statuses", file("[{name: A, tasks: [{name: t, request: {path: /}, expect: {status: [200, 99, 200]}}]}]"), "spec.users[0].tasks[0].expect.status[1] (line 4): is 99, must be 100 to 599"},
		{"a status twice", file("[{name: A, tasks: [{name: t, request: {path: /}, expect: {status: [200, 200]}}]}]"), "status[1] (line 4): repeats 200"},
		{"status in words", file("[{name: A, tasks: [{name: t, request: {path: /}, expect: {status: ok}}]}]"), `is the string "ok", must be a whole number`},
		{"a mapping of statuses", file("[{name: A, tasks: [{name: t, request: {path: /}, expect: {status: {a: 1}}}]}]"), "is a mapping, must be a status or a list of them, as in [200, 201]"},
		{"status", file("[{name: A, tasks: [{name: t, request: {path: /}, expect: {status: 1000}}]}]"), "is 1000, must be 100 to 599"},
		{"header's name", headers(`"a b": x`), at + "a b (line 4): is not a header name"},
		{"line break", headers(`X: "a\nb"`), at + "X (line 4): holds a line break, which no header can carry"},
		{"control character", headers(`X: "a\u0001"`), at + "X (line 4): holds the control character 0x01"},
		{"line break in a call", headers(`X: '{{now "2006\n"}}'`), at + "X (line 4): holds a line break"},
		{"control character in a list", headers(`X: '{{repeat 2 "\x7f{{seq}}"}}'`), at + "X (line 4): holds the control character 0x7f"},
		{"host with a path", headers("host: shop/x"), at + "host (line 4): holds a character that no host name has"},
		{"same header", headers("X-A: v, x-a: w"), at + `x-a (line 4): is the same header as "X-A"; keep one`},
		{"same header thrice", headers("b: v, B: w, c: x, a: z"), at + `b (line 4): is the same header as "B"; keep one`},
		{"length", headers("content-length: \"5\""), at + "content-length (line 4): cannot be set, it follows from the body; leave it out"},
		{"transfer encoding", headers("Transfer-Encoding: chunked"), "follows from the body"},
		{"trailer", headers("Trailer: X"), "follows from the body"},
		{"bytes in JSON", file(`[{name: A, tasks: [{name: t, request: {path: /, json: {a: '{{repeat 2 "\xff"}}'}}}]}]`), "is not UTF-8, which JSON must be"},
		{"infinite number", file("[{name: A, tasks: [{name: t, request: {path: /, json: {a: .inf}}}]}]"), ".inf is not a number in JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DecodeSwarmfile("s.yaml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want it to hold %q", err, tt.want)
			}
		})
	}
}

func TestLoadFileIsRelativeToTheExperiment(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("x.yaml", minimal+"  load: {file: s.yaml}\n")
	write("s.yaml", "apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: A, tasks: [{name: t, request: {path: /, json: {b: 1, a: [true, null, 1.50]}}}]}]}\n")
	exp, err := Load(filepath.Join(dir, "x.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(exp.Swarmfile.Spec.Users[0].Tasks[0].Request.JSON.Raw), `{"b":1,"a":[true,null,1.50]}`; got != want {
		t.Errorf("JSON = %s, want %s", got, want)
	}
	write("s.yaml", "kind: Swarmfile\nbogus: 1\n")
	if _, err = Load(filepath.Join(dir, "x.yaml"), nil); err == nil || !strings.Contains(err.Error(), "bogus (line 2): unknown field") {
		t.Errorf("error = %v, want the swarmfile's problem", err)
	}
}

func TestIdentity(t *testing.T) {
	base, err := decode(t, minimal)
	if err != nil {
		t.Fatal(err)
	}
	same, err := decode(t, minimal+"  matrix: {order: random}\n  slo: [{metric: p95, below: 1s}]\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(base.Identity(), same.Identity()); diff != "" {
		t.Errorf("order and SLO are part of the identity:\n%s", diff)
	}
	other, err := decode(t, minimal, Setting{Field: FieldDuration, Origin: "--duration", Value: "3s"})
	if err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(base.Identity(), other.Identity()) {
		t.Error("the duration is no part of the identity")
	}
}

func TestPlan(t *testing.T) {
	exp, err := decode(t, minimal, Setting{Field: FieldPreset, Origin: "--preset", Value: "smoke"})
	if err != nil {
		t.Fatal(err)
	}
	plan := NewPlan(exp)
	last := plan.Scenarios[2].Time
	want := Estimate{Scale: swarmOverhead, Ramp: 16 * time.Second, Settle: 6 * time.Second, Measure: 2 * time.Minute}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Errorf("last scenario (-want +got):\n%s", diff)
	}
	// 10 + 10 + 16 s of ramp, two cool-downs, and for each of three 2 + 6 + 120 s.
	if got, want := plan.Total(), (36+30+3*128)*time.Second; got != want {
		t.Errorf("Total = %v, want %v", got, want)
	}
}

// TestPlanOfLocust: with Python Locust windows are whole report intervals, and take a
// while to begin.
func TestPlanOfLocust(t *testing.T) {
	for asked, want := range map[string]time.Duration{"8s": 9 * time.Second, "9s": 9 * time.Second, "120s": 2 * time.Minute, "1s": 3 * time.Second} {
		exp, err := decode(t, minimal+"  load: {masterURL: \"http://m:8089\", engine: locust}\n  measure: {duration: "+asked+"}\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := NewPlan(exp).Scenarios[0].Time.Measure; got != want+reportLead {
			t.Errorf("a window of %s is planned to take %v, want %v", asked, got, want+reportLead)
		}
	}
}

func TestRandomOrder(t *testing.T) {
	exp, err := decode(t, minimal+"  matrix: {order: random, seed: 3}\n")
	if err != nil {
		t.Fatal(err)
	}
	first := NewPlan(exp)
	if diff := cmp.Diff(first, NewPlan(exp)); diff != "" {
		t.Errorf("the same seed gives another order:\n%s", diff)
	}
	if first.Scenarios[0].Key == exp.Axes.Keys()[0] && first.Scenarios[1].Key == exp.Axes.Keys()[1] {
		t.Error("order is as listed")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: a, labels: {x: y}, creationTimestamp: null}\nspec:\n  target: &t {url: http://a}\n  matrix: {users: [1, 2], include: [{replicas: 1, workers: 1, users: 1}]}\n  slo: [{metric: p95, below: 1s}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		exp, err := Decode("f.yaml", data, "testdata", nil)
		if err == nil && len(NewPlan(exp).Scenarios) == 0 {
			t.Error("a valid experiment without scenarios")
		}
		var specErr *Error
		if err != nil && !errors.As(err, &specErr) {
			t.Errorf("error is a %T", err)
		}
	})
}

func FuzzDecodeSwarmfile(f *testing.F) {
	f.Add([]byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: A, wait: {between: [1s, 2s]}, tasks: [{name: t, weight: 2, request: {method: POST, path: \"/{{int 1 2}}\", headers: {a: b}, json: {a: [1]}}, expect: {status: 200}}]}]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sf, err := DecodeSwarmfile("f.yaml", data)
		if err == nil && sf.Kind != v1alpha1.KindSwarmfile {
			t.Errorf("kind %q accepted", sf.Kind)
		}
	})
}
