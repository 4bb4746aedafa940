package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongLoadFile: a file of the other engine is told apart by its name, or its content.
func TestWrongLoadFile(t *testing.T) {
	const (
		python = "from locust import HttpUser\n\nclass A(HttpUser): pass\n"
		yaml   = "apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nspec: {users: [{name: a, tasks: [{name: b, request: {path: /}}]}]}\n"
	)
	for _, c := range []struct{ engine, name, text, want string }{
		{"swarm", "locustfile.py", python, "locustfile.py: " + locustfileForSwarm},
		{"swarm", "locustfile.py", "# nothing yet\n", locustfileForSwarm},
		{"swarm", "load", python, locustfileForSwarm},
		{"swarm", "load.yaml", yaml, ""},
		{"swarm", "load", yaml, ""},
		{"locust", "load.yaml", yaml, "load.yaml: " + swarmfileForLocust},
		{"locust", "load", yaml, swarmfileForLocust},
		{"locust", "load.py", python, ""},
		{"locust", "load", python, ""},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.name), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {url: \"http://127.0.0.1:1\"}\n" +
			"  load: {engine: " + c.engine + ", file: " + c.name + "}\n"
		_, err := Decode("x.yaml", []byte(text), dir, nil)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s, %s: %v", c.engine, c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s, %s: %v, want %q", c.engine, c.name, err, c.want)
		}
	}
}
