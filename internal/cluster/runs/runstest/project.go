package runstest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// Project writes files and loads the experiment among them.
func Project(t *testing.T, load string, files map[string]string) *experiment.Experiment {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: it}\nspec: {target: {scaleTargetRef: {name: x}, url: http://x:8000}, load: {engine: locust, " + load + "}}\n"
	exp, err := experiment.Decode("x.yaml", []byte(text), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}
