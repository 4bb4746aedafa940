package platform_test

import (
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func TestMakeSince(t *testing.T) {
	was := platform.Traits{"image": "a", "node": "n1", "resources": "none", "only before": "x"}
	now := platform.Traits{"image": "b", "node": "n1", "resources": "limits cpu=1", "only now": "y"}
	want := "image changed from a to b; resources changed from none to limits cpu=1"
	if got := strings.Join(now.Since(was), "; "); got != want {
		t.Errorf("changed: %q, want %q", got, want)
	}
	if got := platform.Traits(nil).Since(was); got != nil {
		t.Errorf("nothing known: %q", got)
	}
}

func TestChanges(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	before := platform.Changes{{By: "helm", At: at.Add(-time.Hour)}, {By: "vpa", At: at}}
	after := append(platform.Changes{{By: "kubectl"}}, before[0], platform.Change{By: "vpa", At: at.Add(time.Second)})
	for want, got := range map[string]platform.Changes{
		", by kubectl and vpa at 2026-01-02T03:04:06Z": after.Since(before),
		", by vpa at 2026-01-02T03:04:05Z":             before.Since(before[:1]),
		"":                                             before.Since(before),
	} {
		if got.String() != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
