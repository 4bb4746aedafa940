package httpuser

import (
	"net/http"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

func TestSends(t *testing.T) {
	sf, err := experiment.DecodeSwarmfile("x.yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: x}
spec:
  users:
    - {name: a, tasks: [{name: one, request: {path: /}}, {name: two, request: {path: /, headers: {authorization: "Bearer x"}}}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Sends("Authorization") || !p.Sends("user-agent") || p.Sends("Cookie") {
		t.Error("a header was not found, or one that is not there")
	}
}

// TestTryClient uses no proxy, whatever the environment says, like the users.
func TestTryClient(t *testing.T) {
	if transport, ok := NewTryClient(0).Transport.(*http.Transport); !ok || transport.Proxy != nil {
		t.Error("it takes the environment's proxy")
	}
}
