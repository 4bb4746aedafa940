package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// TestClassWeights: a class of weight 0 gets no users, and no worker needs to have it.
func TestClassWeights(t *testing.T) {
	const tasks = "tasks: [{name: t, request: {path: /}}]"
	sf, err := experiment.DecodeSwarmfile("s.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: A, weight: 0.5, "+
		tasks+"}, {name: B, "+tasks+"}, {name: C, weight: 0, "+tasks+"}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]float64{"A": .5, "B": 1}, classWeights(sf)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
