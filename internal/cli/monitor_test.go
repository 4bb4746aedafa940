package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestConclude: monitor's last words explain its exit code and can be pasted.
func TestConclude(t *testing.T) {
	key := matrix.Key{Scenario: matrix.Scenario{Replicas: 1, Workers: 1, Users: 10}, Round: 1}
	missed := &result.Run{
		Header: result.Header{Keys: []matrix.Key{key}, SLO: []v1alpha1.Objective{{Metric: "p95", Below: "100ms"}}, Gate: v1alpha1.GateAnswer},
		Records: []result.Record{{Key: key, Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Success, Measured: &result.Measured{
			Duration: 10, Requests: 1000, RPS: 100, Latency: result.Latency{P50: 150, P95: 200, P99: 300},
		}}},
	}
	const next = "fetch the reports with `swarmgrid results shop.yaml`\n"
	for _, tt := range []struct {
		name    string
		journal *result.Run
		err     error
		want    string
	}{
		{"a missed gate", missed, nil, "1 replica: not even 10 users pass (p95 200 ms)\nthe gate is missed: not passed with 10 users\n" + next},
		{"no right to read it", nil, errors.New("forbidden"), next},
		{"no records", nil, nil, ""},
	} {
		var b strings.Builder
		conclude(&b, "shop.yaml", tt.journal, tt.err)
		if b.String() != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, b.String(), tt.want)
		}
	}
}
