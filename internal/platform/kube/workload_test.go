package kube

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestStatefulSetRollout(t *testing.T) {
	for name, test := range map[string]struct {
		strategy      map[string]any
		current, next string
		want          int
	}{
		"under way": {map[string]any{"type": "RollingUpdate"}, "a", "b", 1},
		"no partition": {
			map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"partition": int64(0)}}, "a", "b", 1,
		},
		"done": {map[string]any{"type": "RollingUpdate"}, "b", "b", -1},
		"partition": {
			map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"partition": int64(2)}}, "a", "b", -1,
		},
		"on delete": {map[string]any{"type": "OnDelete"}, "a", "b", -1},
	} {
		w := readWorkload(&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "apps/v1", "kind": "StatefulSet",
			"spec":   map[string]any{"replicas": int64(3), "updateStrategy": test.strategy},
			"status": map[string]any{"currentRevision": test.current, "updateRevision": test.next, "updatedReplicas": int64(1)},
		}})
		if w.updated != test.want {
			t.Errorf("%s: updated %d, want %d", name, w.updated, test.want)
		}
	}
}
