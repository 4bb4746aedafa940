package experiment

import (
	"strings"
	"testing"
)

func TestNotes(t *testing.T) {
	const process, cluster = "process: {command: [sim]}", "scaleTargetRef: {name: x}"
	tests := []struct{ target, replicas, users, want string }{
		{process, "[1, 2, 4]", "[4, 8]", ""},
		{process, "[1, 2, 4]", "[3]", "1 scenario with fewer users than replicas, as 3 users and 4 replicas"},
		{process + ", balance: random", "[4]", "[8]", "leave some replica without any in 40 % of windows; with 16 users it is 5 %"},
		{process + ", url: \"http://a\"", "[4]", "[1]", "the users send to http://a: the replicas of the process get load only if that leads to them"},
		{cluster, "[1]", "[1]", ""},
		{cluster, "[2]", "[4]", "1 scenario with few users for so many replicas, as 4 users and 2 replicas: connections that are kept and made at random leave some replica without any in 12 % of windows; with 6 users"},
		{cluster, "[8]", "[200, 400]", ""},
		{cluster, "[8]", "[20, 30, 39]", "2 scenarios with few users for so many replicas, as 20 users and 8 replicas"},
		{cluster, "[1, 2, 4, 8]", "[6]", "1 scenario with fewer users than replicas, as 6 users and 8 replicas"},
		{"url: \"http://a\"", "[8]", "[1]", ""},
	}
	for _, tt := range tests {
		exp, err := decode(t, "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  load: {builtin: forecasting}\n  target: {"+tt.target+"}\n  matrix: {replicas: "+tt.replicas+", workers: [1], users: "+tt.users+"}\n")
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if got := strings.Join(exp.Notes(), "\n"); !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

func TestMetrics(t *testing.T) {
	const head = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  load: {builtin: forecasting}\n  target: "
	for target, port := range map[string]int{"name: inference": 8000, "name: x": 0} { // whose url nobody has asked for yet
		exp, err := decode(t, head+"{scaleTargetRef: {"+target+"}, metrics: {requests: n_total}}\n")
		if err != nil {
			t.Fatal(err)
		}
		if m := exp.LoadMatrix.Spec.Target.Metrics; m.Path != "/metrics" || m.Port != port {
			t.Errorf("%s: defaults: %+v", target, m)
		}
	}
	for target, want := range map[string]string{
		"{process: {command: [sim]}, metrics: {requests: n, port: 1}}":              "spec.target.metrics (line 5): is about the pods of a scaleTargetRef",
		"{scaleTargetRef: {name: x}, metrics: {}}":                                  "spec.target.metrics.requests",
		"{scaleTargetRef: {name: x}, metrics: {requests: 'n{a=~\"b\"}'}}":           "must have labels as in",
		"{scaleTargetRef: {name: x}, metrics: {requests: n, path: m, port: 70000}}": "spec.target.metrics.port (line 5): is 70000",
		"{scaleTargetRef: {name: x}, metrics: {requests: n, port: 0}}":              "spec.target.metrics.port (line 5): is 0",
	} {
		if _, err := decode(t, head+target+"\n"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
}
