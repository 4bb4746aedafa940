package experiment

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// meaning is what an explicit zero means: 0, 0s, "", [], {} or false.
type meaning string

const (
	// refused: it is a problem of that field, which says what is allowed.
	refused meaning = "refused"
	// counts: it is a value like any other, and not the default.
	counts meaning = "counts"
	// none: it is what leaving the field out means, too, and the documents say so.
	none meaning = "none"
)

// zeros decides for every field of both schemas. A field without a decision fails the
// test: a new one needs a line here.
func zeros() map[string]meaning {
	return map[string]meaning{
		"LoadMatrix.metadata.name":      refused,
		"LoadMatrix.metadata.namespace": refused,

		"LoadMatrix.spec.target.url":                       refused,
		"LoadMatrix.spec.target.scaleTargetRef.apiVersion": refused,
		"LoadMatrix.spec.target.scaleTargetRef.kind":       refused,
		"LoadMatrix.spec.target.scaleTargetRef.name":       refused,
		"LoadMatrix.spec.target.process.command":           refused,
		"LoadMatrix.spec.target.process.command[0]":        refused,
		"LoadMatrix.spec.target.process.env":               none,
		"LoadMatrix.spec.target.process.dir":               refused,
		"LoadMatrix.spec.target.balance":                   refused,
		"LoadMatrix.spec.target.ready.path":                refused,
		"LoadMatrix.spec.target.ready.timeout":             refused,
		"LoadMatrix.spec.target.autoscaler":                refused,
		"LoadMatrix.spec.target.service":                   refused,
		"LoadMatrix.spec.target.metrics.path":              refused,
		"LoadMatrix.spec.target.metrics.port":              refused,
		"LoadMatrix.spec.target.metrics.requests":          refused,

		"LoadMatrix.spec.load.engine":    refused,
		"LoadMatrix.spec.load.file":      refused,
		"LoadMatrix.spec.load.files":     none,
		"LoadMatrix.spec.load.files[0]":  refused,
		"LoadMatrix.spec.load.builtin":   refused,
		"LoadMatrix.spec.load.masterURL": none,
		"LoadMatrix.spec.load.spawnRate": none, // the default rate

		"LoadMatrix.spec.answer":  refused,
		"LoadMatrix.spec.budget":  refused,
		"LoadMatrix.spec.maxTime": refused,

		"LoadMatrix.spec.matrix.replicas":            refused,
		"LoadMatrix.spec.matrix.replicas[0]":         refused,
		"LoadMatrix.spec.matrix.workers":             refused,
		"LoadMatrix.spec.matrix.workers[0]":          refused,
		"LoadMatrix.spec.matrix.users":               refused,
		"LoadMatrix.spec.matrix.users[0]":            refused,
		"LoadMatrix.spec.matrix.users.from":          refused,
		"LoadMatrix.spec.matrix.users.to":            refused,
		"LoadMatrix.spec.matrix.users.within":        refused,
		"LoadMatrix.spec.matrix.include":             none,
		"LoadMatrix.spec.matrix.include[0].replicas": refused,
		"LoadMatrix.spec.matrix.include[0].workers":  refused,
		"LoadMatrix.spec.matrix.include[0].users":    refused,
		"LoadMatrix.spec.matrix.exclude":             none,
		"LoadMatrix.spec.matrix.exclude[0].replicas": refused,
		"LoadMatrix.spec.matrix.exclude[0].workers":  refused,
		"LoadMatrix.spec.matrix.exclude[0].users":    refused,
		"LoadMatrix.spec.matrix.repeats":             refused,
		"LoadMatrix.spec.matrix.order":               refused,
		"LoadMatrix.spec.matrix.seed":                none,

		"LoadMatrix.spec.measure.duration": refused,
		"LoadMatrix.spec.measure.max":      refused,
		"LoadMatrix.spec.measure.cooldown": counts,
		"LoadMatrix.spec.measure.settle":   counts,
		"LoadMatrix.spec.measure.attempts": refused,

		"LoadMatrix.spec.slo":              none,
		"LoadMatrix.spec.slo[0].metric":    refused,
		"LoadMatrix.spec.slo[0].endpoint":  refused,
		"LoadMatrix.spec.slo[0].below":     refused,
		"LoadMatrix.spec.slo[0].above":     refused,
		"LoadMatrix.spec.gate":             refused,
		"LoadMatrix.spec.pricing.podHour":  refused,
		"LoadMatrix.spec.pricing.currency": refused,

		"LoadMatrix.spec.cluster.image":                refused,
		"LoadMatrix.spec.cluster.locustImage":          refused,
		"LoadMatrix.spec.cluster.imagePullPolicy":      refused,
		"LoadMatrix.spec.cluster.imagePullSecrets":     none,
		"LoadMatrix.spec.cluster.imagePullSecrets[0]":  refused,
		"LoadMatrix.spec.cluster.names.master":         refused,
		"LoadMatrix.spec.cluster.names.worker":         refused,
		"LoadMatrix.spec.cluster.names.service":        refused,
		"LoadMatrix.spec.cluster.names.scripts":        refused,
		"LoadMatrix.spec.cluster.names.serviceAccount": refused,
		"LoadMatrix.spec.cluster.names.role":           refused,
		"LoadMatrix.spec.cluster.names.roleBinding":    refused,
		"LoadMatrix.spec.cluster.names.job":            refused,
		"LoadMatrix.spec.cluster.nodePort":             none,
		"LoadMatrix.spec.cluster.resultsClaim":         none,
		"LoadMatrix.spec.cluster.networkPolicies":      refused,
		"LoadMatrix.spec.cluster.ttl":                  counts,

		"LoadMatrix.spec.cluster.*.nodeSelector":         none,
		"LoadMatrix.spec.cluster.*.tolerations":          none,
		"LoadMatrix.spec.cluster.*.env":                  none,
		"LoadMatrix.spec.cluster.*.envFromSecrets":       none,
		"LoadMatrix.spec.cluster.*.envFromSecrets[0]":    refused,
		"LoadMatrix.spec.cluster.*.envFromConfigMaps":    none,
		"LoadMatrix.spec.cluster.*.envFromConfigMaps[0]": refused,
		"LoadMatrix.spec.cluster.*.priorityClassName":    none,

		"LoadMatrix.spec.cluster.*.labels":                    none,
		"LoadMatrix.spec.cluster.*.annotations":               none,
		"LoadMatrix.spec.cluster.*.runtimeClassName":          none,
		"LoadMatrix.spec.cluster.*.serviceAccountName":        none,
		"LoadMatrix.spec.cluster.*.volumes":                   none,
		"LoadMatrix.spec.cluster.*.volumeMounts":              none,
		"LoadMatrix.spec.cluster.*.topologySpreadConstraints": none,

		"LoadMatrix.spec.cluster.caBundle.configMap": refused,
		"LoadMatrix.spec.cluster.caBundle.secret":    refused,
		"LoadMatrix.spec.cluster.caBundle.key":       refused,

		"LoadMatrix.spec.schedule.cron":     refused,
		"LoadMatrix.spec.schedule.timeZone": none, // the controller's
		"LoadMatrix.spec.schedule.history":  refused,
		"LoadMatrix.spec.schedule.suspend":  none,

		"Swarmfile.metadata.name":      none,
		"Swarmfile.metadata.namespace": none,

		"Swarmfile.spec.users":                              refused,
		"Swarmfile.spec.users[0].name":                      refused,
		"Swarmfile.spec.users[0].weight":                    counts, // never
		"Swarmfile.spec.users[0].wait.constant":             counts,
		"Swarmfile.spec.users[0].wait.between":              refused,
		"Swarmfile.spec.users[0].wait.between[0]":           counts,
		"Swarmfile.spec.users[0].tasks":                     refused,
		"Swarmfile.spec.users[0].tasks[0].name":             refused,
		"Swarmfile.spec.users[0].tasks[0].weight":           counts, // never
		"Swarmfile.spec.users[0].tasks[0].request.method":   refused,
		"Swarmfile.spec.users[0].tasks[0].request.path":     refused,
		"Swarmfile.spec.users[0].tasks[0].request.headers":  none,
		"Swarmfile.spec.users[0].tasks[0].request.body":     none,
		"Swarmfile.spec.users[0].tasks[0].request.timeout":  refused,
		"Swarmfile.spec.users[0].tasks[0].expect.status":    refused,
		"Swarmfile.spec.users[0].tasks[0].expect.status[0]": refused,
	}
}

// leaf is a field that can be zero, by its path.
type leaf struct {
	path string
	typ  reflect.Type
}

// leaves lists the fields of a type as the decoder reads them. What is not ours is left out:
// Kubernetes' metadata except the names, and free-form documents.
func leaves(t reflect.Type, path string) []leaf {
	switch t {
	case reflect.TypeFor[metav1.ObjectMeta]():
		return []leaf{{path + ".name", reflect.TypeFor[string]()}, {path + ".namespace", reflect.TypeFor[string]()}}
	case reflect.TypeFor[metav1.Duration](), reflect.TypeFor[v1alpha1.Window]():
		return []leaf{{path, t}}
	case reflect.TypeFor[v1alpha1.Users]():
		return append(leaves(reflect.TypeFor[[]int](), path), leaves(reflect.TypeFor[v1alpha1.UserRange](), path)...)
	case reflect.TypeFor[runtime.RawExtension]():
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return leaves(t.Elem(), path)
	case reflect.Struct:
		var out []leaf
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name != "" {
				out = append(out, leaves(t.Field(i).Type, strings.TrimPrefix(path+"."+name, "."))...)
			}
		}
		return out
	case reflect.Slice:
		return append([]leaf{{path, t}}, leaves(t.Elem(), path+"[0]")...)
	}
	return []leaf{{path, t}}
}

// zeroOf is a field's zero as a document has it.
func zeroOf(t reflect.Type) any {
	switch {
	case t == reflect.TypeFor[metav1.Duration](), t == reflect.TypeFor[v1alpha1.Window]():
		return "0s"
	case t.Kind() == reflect.Slice:
		return []any{}
	case t.Kind() == reflect.Map:
		return map[string]any{}
	}
	return reflect.Zero(t).Interface()
}

// whole are documents that say something in every field.
func whole() map[string]string {
	pod := "{nodeSelector: {a: b}, tolerations: [{key: a}], env: {A: b}, envFromSecrets: [s], envFromConfigMaps: [c], priorityClassName: p, " +
		"labels: {a: b}, annotations: {a: b}, runtimeClassName: r, serviceAccountName: s, volumes: [{name: v, emptyDir: {}}], volumeMounts: [], " +
		"topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]}"
	return map[string]string{
		"LoadMatrix": `
apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: a, namespace: b}
spec:
  target:
    url: http://a:1
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}
    balance: random
    ready: {path: /r, timeout: 5s}
    autoscaler: pause
    service: s
    metrics: {path: /m, port: 9090, requests: n}
  load: {engine: swarm, file: s.yaml, builtin: forecasting, spawnRate: 3}
  matrix:
    replicas: [1]
    workers: [1]
    users: [9]
    include: [{replicas: 2, workers: 1, users: 9}]
    exclude: [{replicas: 3, workers: 1, users: 9}]
    repeats: 2
    order: random
    seed: 3
  measure: {duration: 3s, cooldown: 3s, settle: 3s, attempts: 2}
  slo: [{metric: p95, below: 1s}]
  gate: all
  pricing: {podHour: 0.12, currency: EUR}
  cluster:
    image: i
    locustImage: l
    imagePullPolicy: Always
    imagePullSecrets: [s]
    names: {master: m, worker: w, service: svc, scripts: c, serviceAccount: a, role: r, roleBinding: b, job: j}
    master: ` + pod + `
    worker: ` + pod + `
    driver: ` + pod + `
    caBundle: {configMap: c, secret: s, key: k}
    nodePort: 30000
    resultsClaim: c
    networkPolicies: omit
    ttl: 2h
  schedule: {cron: "0 2 * * *", timeZone: Europe/Madrid, history: 2, suspend: true}
`,
		"Swarmfile": `
apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: a, namespace: b}
spec:
  users:
    - {name: Other, tasks: [{name: t, request: {path: /}}]}
    - name: Client
      weight: 2
      wait: {constant: 1s, between: [1s, 2s]}
      tasks:
        - {name: other, request: {path: /}}
        - {name: t, weight: 2, request: {method: PUT, path: /, headers: {A: b}, body: x, timeout: 1s}, expect: {status: [201]}}
`,
	}
}

// documentOf is a whole document with one field's value replaced.
func documentOf(t *testing.T, kind, path string, value any) []byte {
	t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(whole()[kind]), &doc); err != nil {
		t.Fatal(err)
	}
	spec := doc["spec"].(map[string]any)
	// Fields that exclude the one in question are removed.
	alone(spec, path)
	place(doc, strings.Split(strings.ReplaceAll(path, "[0]", ".[0]"), "."), value)
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func alone(spec map[string]any, path string) {
	if users, ok := spec["users"].([]any); ok {
		wait := users[1].(map[string]any)["wait"].(map[string]any)
		if strings.Contains(path, ".between") {
			delete(wait, "constant")
		} else {
			delete(wait, "between")
		}
		return
	}
	cluster := spec["cluster"].(map[string]any)
	if strings.HasSuffix(path, ".names.serviceAccount") {
		delete(cluster["driver"].(map[string]any), "serviceAccountName")
	} else {
		delete(cluster["names"].(map[string]any), "serviceAccount")
	}
	if strings.HasSuffix(path, ".caBundle.secret") {
		delete(cluster["caBundle"].(map[string]any), "configMap")
	} else {
		delete(cluster["caBundle"].(map[string]any), "secret")
	}
	if strings.Contains(path, ".matrix.users.") {
		m := spec["matrix"].(map[string]any)
		m["users"], spec["answer"] = map[string]any{"from": 2, "to": 9, "within": "10%"}, "capacity"
		for _, field := range []string{"include", "exclude", "repeats"} {
			delete(m, field)
		}
	}
	load, target := spec["load"].(map[string]any), spec["target"].(map[string]any)
	for _, field := range []string{"file", "builtin"} {
		if !strings.HasSuffix(path, ".load."+field) {
			delete(load, field)
		}
	}
	if strings.HasSuffix(path, ".load.files[0]") { // only a locustfile has any
		load["engine"], load["file"], load["files"] = "locust", "l.py", []any{"x"}
	}
	if strings.Contains(path, ".process") {
		delete(target, "scaleTargetRef")
		delete(target, "metrics")
		target["process"] = map[string]any{"command": []any{"x"}}
	}
}

// place sets a value; "[0]" is the last element of a list, beside which there is another.
func place(in any, path []string, value any) {
	switch at := in.(type) {
	case map[string]any:
		if len(path) == 1 {
			at[path[0]] = value
			return
		}
		if list, ok := at[path[0]].([]any); ok && len(path) == 2 {
			list[0] = value
			return
		}
		place(at[path[0]], path[1:], value)
	case []any:
		place(at[len(at)-1], path[1:], value)
	}
}

// decodeKind reads a document and returns its value.
func decodeKind(t *testing.T, kind string, text []byte) (any, error) {
	t.Helper()
	if kind == "Swarmfile" {
		return DecodeSwarmfile("x.yaml", text)
	}
	exp, err := Decode("x.yaml", text, t.TempDir(), nil)
	if err != nil {
		return nil, err
	}
	return exp.LoadMatrix, nil
}

// TestZeros: an explicit zero is never taken for a missing value.
func TestZeros(t *testing.T) {
	decided := zeros()
	seen := map[string]bool{}
	for kind, typ := range map[string]reflect.Type{"LoadMatrix": reflect.TypeFor[v1alpha1.LoadMatrix](), "Swarmfile": reflect.TypeFor[v1alpha1.Swarmfile]()} {
		for _, l := range leaves(typ, "") {
			name := kind + "." + l.path
			for _, pod := range []string{"master", "worker", "driver"} {
				name = strings.Replace(name, "cluster."+pod+".", "cluster.*.", 1)
			}
			seen[name] = true
			t.Run(kind+"."+l.path, func(t *testing.T) { checkZero(t, kind, l, decided[name]) })
		}
	}
	for name := range decided {
		if !seen[name] {
			t.Errorf("%s is decided on, and there is no such field", name)
		}
	}
}

func checkZero(t *testing.T, kind string, l leaf, want meaning) {
	t.Helper()
	text := documentOf(t, kind, l.path, zeroOf(l.typ))
	got, err := decodeKind(t, kind, text)
	switch want {
	case refused:
		at := strings.NewReplacer("users[0].", "users[1].", "tasks[0].", "tasks[1].").Replace(l.path)
		if err == nil || !strings.Contains(err.Error(), at+" (line ") {
			t.Errorf("error = %v, want a problem of %s\n%s", err, at, text)
		}
	case counts, none:
		if err != nil {
			t.Errorf("error = %v\n%s", err, text)
		}
		if err != nil || strings.HasSuffix(l.path, "]") {
			return // nothing in a list can be left out
		}
		left, err := decodeKind(t, kind, documentOf(t, kind, l.path, nil))
		if err != nil {
			t.Fatal(err)
		}
		if same := asJSON(t, got) == asJSON(t, left); same != (want == none) {
			t.Errorf("the same as left out: %v, want %v", same, want == none)
		}
	default:
		t.Errorf("nobody has decided what a zero means; error = %v", err)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
