package search_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/search"
)

func TestOver(t *testing.T) {
	got := search.Over([]search.Cell{{4, 100}, {1, 50}, {4, 50}, {4, 100}})
	want := search.Question{Replicas: []int{1, 4}, Users: []int{50, 100}, Missing: map[search.Cell]bool{{1, 100}: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
