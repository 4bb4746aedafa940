package experiment

import (
	"strings"
	"testing"
)

// TestBudgetForNothing: a budget must be enough for one scenario at least.
func TestBudgetForNothing(t *testing.T) {
	const text = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: x}\nspec:\n" +
		"  target: {process: {command: [sim, '{{port}}']}}\n  load: {engine: swarm, spawnRate: 10}\n" +
		"  matrix: {replicas: [1], workers: [1], users: [40, 20]}\n  measure: {duration: 4s, settle: 1s}\n  budget: "
	if _, err := Decode("it.yaml", []byte(text+"7s"), ".", nil); err != nil {
		t.Error(err)
	}
	const want = "is 6s, and no scenario loads the target for less than 7s; give more, or a shorter spec.measure"
	if _, err := Decode("it.yaml", []byte(text+"6s"), ".", nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
