package cli

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
)

// TestLeftovers: a deploy that ends early says what to do with what is there, and nothing
// where it took that back.
func TestLeftovers(t *testing.T) {
	for _, tt := range []struct {
		name string
		seen []cluster.Change
		want string
	}{
		{"refused", nil, ""},
		{
			"interrupted",
			[]cluster.Change{{Kind: "Role", Name: "r", What: "created"}, {Kind: "Deployment", Name: "w", What: "unchanged"}},
			"what is deployed so far stays (2 objects): `swarmgrid deploy shop.yaml` goes on with it, `swarmgrid cleanup shop.yaml` removes it\n",
		},
		{"taken back", []cluster.Change{{Kind: "Role", Name: "r", What: "created"}, {Kind: "Role", Name: "r", What: "deleted"}}, ""},
	} {
		left := leftovers{}
		for _, change := range tt.seen {
			left.see(change)
		}
		if got := left.told("shop.yaml"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
