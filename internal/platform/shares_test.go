package platform_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func TestSharesSince(t *testing.T) {
	before := platform.Shares{Source: "the balancer", Replicas: map[string]platform.Share{
		"a": {Requests: 10, Connections: &platform.Connections{Opened: 5, Open: 2}}, "b": {},
	}}
	now := platform.Shares{Source: "the balancer", Replicas: map[string]platform.Share{
		"a": {Requests: 25, Connections: &platform.Connections{Opened: 6, Open: 0}}, "b": {Requests: 1},
	}}
	three := int64(3)
	want := map[string]platform.Given{"a": {Requests: 15, Connections: &three}, "b": {Requests: 1}}
	if got, err := now.Since(before); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	other := platform.Shares{Source: "the balancer", Replicas: map[string]platform.Share{"a": {}, "c": {}}}
	for name, tt := range map[string]struct {
		first, last platform.Shares
		want        string
	}{
		"one more": {platform.Shares{}, now, "reported 0 replicas at first and 2 at the end"},
		"another":  {other, now, "did not report b at first"},
		"less":     {now, before, "counted less of"},
	} {
		if _, err := tt.last.Since(tt.first); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
