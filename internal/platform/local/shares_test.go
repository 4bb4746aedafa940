package local

import (
	"bufio"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// TestShares: connections that are kept are one replica's, however many requests they carry.
func TestShares(t *testing.T) {
	p := acquired(t, testConfig(t.TempDir(), t.TempDir()))
	st := settle(t, p, platform.Target, 2)
	busy, idle := dialTarget(t, p), dialTarget(t, p)
	_ = idle
	look := func() platform.Shares {
		t.Helper()
		shares, err := p.Shares(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return shares
	}
	before := look()
	answers := bufio.NewReader(busy)
	for range 5 {
		if _, err := io.WriteString(busy, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
	}
	given, err := look().Since(before)
	if err != nil {
		t.Fatal(err)
	}
	one := int64(1)
	want := map[string]platform.Given{st.Replicas[0].ID: {Requests: 5, Connections: &one}, st.Replicas[1].ID: {Connections: &one}}
	if given[st.Replicas[0].ID].Requests == 0 {
		want[st.Replicas[0].ID], want[st.Replicas[1].ID] = want[st.Replicas[1].ID], want[st.Replicas[0].ID]
	}
	if diff := cmp.Diff(want, given); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
