package manifests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// granted are the rules of a Role as lines: "get,patch scaledobjects.keda.sh inference".
func granted(t *testing.T, text string, opts Options) []string {
	t.Helper()
	set, err := Build(decode(t, text), opts)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, o := range set.Access {
		role, ok := o.(*rbacv1.Role)
		if !ok {
			continue
		}
		for _, r := range role.Rules {
			resource := schema.GroupResource{Group: r.APIGroups[0], Resource: r.Resources[0]}
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", strings.Join(r.Verbs, ","), resource, strings.Join(r.ResourceNames, ","))))
		}
	}
	return lines
}

// TestRoleHoldsWhatIsUsed sees that nobody has to hold rights that the driver does not use.
func TestRoleHoldsWhatIsUsed(t *testing.T) {
	const target = "spec: {target: {scaleTargetRef: {name: inference}"
	const refuse, pause = target + "}}", target + ", autoscaler: pause}}"
	const (
		kedaList = "list scaledobjects.keda.sh"
		kedaHold = "get,patch scaledobjects.keda.sh inference"
		hpaList  = "list horizontalpodautoscalers.autoscaling"
		hpaHold  = "get,patch horizontalpodautoscalers.autoscaling inference"
		metrics  = "list pods.metrics.k8s.io"
	)
	tests := map[string]struct {
		text      string
		opts      Options
		has, lack []string
	}{
		"refused autoscalers": {refuse, Options{}, []string{hpaList, metrics}, []string{kedaList, kedaHold, hpaHold}},
		"nothing is known":    {pause, Options{}, []string{hpaList, hpaHold, kedaList, kedaHold}, nil},
		"no KEDA":             {pause, Options{Missing: []string{"keda.sh"}}, []string{hpaList, hpaHold, metrics}, []string{kedaList, kedaHold}},
		"no metrics":          {pause, Options{Missing: []string{"metrics.k8s.io"}}, []string{kedaList}, []string{metrics}},
		"a ScaledObject": {
			pause,
			Options{Autoscaler: &AutoscalerRef{"keda.sh", "scaledobjects", "so"}},
			[]string{"get,patch scaledobjects.keda.sh so", kedaList, hpaList},
			[]string{hpaHold, kedaHold},
		},
		"somebody else's target": {
			`spec: {target: {url: "http://x"}, load: {masterURL: "http://m:8089"}, matrix: {users: [1]}}`,
			Options{},
			[]string{"list,watch events", "get,list,watch pods"},
			[]string{hpaList, metrics, "list resourcequotas", "list limitranges"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := granted(t, tt.text, tt.opts)
			for _, line := range tt.has {
				if !slices.Contains(got, line) {
					t.Errorf("not granted: %s", line)
				}
			}
			for _, line := range tt.lack {
				if slices.Contains(got, line) {
					t.Errorf("granted, but not used: %s", line)
				}
			}
			if t.Failed() {
				t.Log(strings.Join(got, "\n"))
			}
		})
	}
}

// TestRoleWithoutAids leaves out what whoever deploys may not grant.
func TestRoleWithoutAids(t *testing.T) {
	const text = "spec: {target: {scaleTargetRef: {name: inference}}}"
	set := build(t, text)
	before := granted(t, text, Options{})
	for i, aid := range set.Aids {
		after := granted(t, text, Options{Ungranted: set.Aids[i : i+1]})
		if len(after) != len(before)-1 {
			t.Errorf("without %v there are %d rules, want %d", aid, len(after), len(before)-1)
		}
	}
	if after := granted(t, text, Options{Ungranted: set.Aids}); len(after) != len(before)-len(set.Aids) || len(set.Aids) != 4 {
		t.Errorf("%d rules without all %d aids, %d with", len(after), len(set.Aids), len(before))
	}
}

// TestRoleNamesTheKindAsTheClusterDoes takes the plural from the cluster, else from a
// guess that knows more than the usual one.
func TestRoleNamesTheKindAsTheClusterDoes(t *testing.T) {
	text := func(kind string) string {
		return "spec: {target: {url: \"http://edge\", scaleTargetRef: {apiVersion: serving.example/v1, kind: " + kind + ", name: edge}}}"
	}
	for _, tt := range []struct {
		kind string
		opts Options
		want string
	}{
		{"Gateway", Options{}, "gateways"},
		{"Proxy", Options{}, "proxies"},
		{"Predictor", Options{}, "predictors"},
		{"Chassis", Options{Resource: schema.GroupVersionResource{Group: "serving.example", Version: "v1", Resource: "chassis"}}, "chassis"},
	} {
		want := "get,patch,update " + tt.want + "/scale.serving.example edge"
		if got := granted(t, text(tt.kind), tt.opts); !slices.ContainsFunc(got, func(line string) bool { return line == want }) {
			t.Errorf("%s: %v, want %s", tt.kind, got, want)
		}
	}
}
