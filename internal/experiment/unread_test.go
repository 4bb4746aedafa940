package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLoadUnread: the load's file is not looked for, everything else is checked.
func TestLoadUnread(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"{target: {scaleTargetRef: {name: a}}, load: {file: gone.py}}", ""},
		{"{target: {scaleTargetRef: {name: a}}, load: {file: gone.py}, matrix: {users: [-1]}}", "spec.matrix.users[0]"},
	} {
		path := filepath.Join(t.TempDir(), "e.yaml")
		text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: " + tt.file + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		exp, err := LoadUnread(path, []Setting{{Field: FieldNamespace, Origin: "-n", Value: "here"}})
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want a problem of %s", err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if exp.LoadFile != nil || exp.LoadMatrix.Namespace != "here" || exp.LoadMatrix.Spec.Cluster.Names.Job == "" {
			t.Errorf("got %+v", exp)
		}
		if _, err := Load(path, nil); err == nil {
			t.Error("the file is there")
		}
	}
}
