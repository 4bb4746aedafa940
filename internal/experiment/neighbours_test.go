package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// project is an experiment of a locustfile with neighbours in a folder of its own.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"load/locustfile.py":               "import os, common\nfrom lib import auth\n",
		"load/common.py":                   "",
		"load/lib/__init__.py":             "",
		"load/lib/auth.py":                 "",
		"load/lib/unused.py":               "",
		"data/users.csv":                   "ann\n",
		"data/.env":                        "TOKEN=hush\n",
		"data/deep/more.csv":               "bob\n",
		"data/__pycache__/x.cpython.pyc":   "\x00",
		"data/deep/compiled.pyc":           "\x00",
		"empty/.hidden":                    "",
		"many/" + strings.Repeat("x", 200): "",
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	return dir
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func projectWith(dir, load string) (*Experiment, error) {
	text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {process: {command: [sim]}}\n  load: " + load + "\n"
	return Decode("x.yaml", []byte(text), dir, nil)
}

func names(exp *Experiment) (out []string) {
	for _, n := range exp.Neighbours {
		name := n.Name
		if n.Imported {
			name += " (imported)"
		}
		out = append(out, name)
	}
	return out
}

// TestNeighbours: what is imported goes along unasked, everything else only when it is
// named, and of a folder nothing that is hidden.
func TestNeighbours(t *testing.T) {
	dir := project(t)
	imported := []string{"common.py (imported)", "lib/__init__.py (imported)", "lib/auth.py (imported)"}
	for name, tc := range map[string]struct {
		files string
		want  []string
	}{
		"nothing named": {"[]", imported},
		"a file":        {"[data/users.csv]", append([]string{"../data/users.csv"}, imported...)},
		"a folder":      {"[data]", append([]string{"../data/deep/more.csv", "../data/users.csv"}, imported...)},
		"twice":         {"[data/, ./data/users.csv]", append([]string{"../data/deep/more.csv", "../data/users.csv"}, imported...)},
		"file, folder":  {"[data/deep/more.csv, data/deep]", append([]string{"../data/deep/more.csv"}, imported...)},
		"folder, again": {"[data/deep, data/deep/]", append([]string{"../data/deep/more.csv"}, imported...)},
		"hidden":        {"[data/.env]", append([]string{"../data/.env"}, imported...)},
		"all":           {"[load]", []string{"common.py", "lib/__init__.py", "lib/auth.py", "lib/unused.py"}},
		"absolute":      {fmt.Sprintf("[%q]", filepath.Join(dir, "load/lib")), []string{"common.py (imported)", "lib/__init__.py", "lib/auth.py", "lib/unused.py"}},
	} {
		t.Run(name, func(t *testing.T) {
			exp, err := projectWith(dir, "{engine: locust, file: load/locustfile.py, files: "+tc.files+"}")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, names(exp)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNeighboursRefused(t *testing.T) {
	dir := project(t)
	outside := filepath.Join(t.TempDir(), "secret")
	writeFile(t, outside, "hush")
	for link, to := range map[string]string{"linked/out": outside, "linked2/folder": "../data", "linked3/in": "real"} {
		writeFile(t, filepath.Join(dir, filepath.Dir(link), "real"), "x")
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range maxNeighbours {
		writeFile(t, filepath.Join(dir, "many", fmt.Sprint(i)), "")
	}
	const file = "engine: locust, file: load/locustfile.py, files: "
	for name, tc := range map[string]struct{ load, want string }{
		"missing":           {file + "[data/user.csv]", `spec.load.files[0] (line 5): is "data/user.csv": ` + dir + `/data/user.csv: no such file or folder (did you mean users.csv?)`},
		"missing folder":    {file + "[dat/users.csv]", `dat/users.csv: no such file or folder`},
		"second of two":     {file + "[data, nothing]", `spec.load.files[1] (line 5): is "nothing"`},
		"empty name":        {file + `[""]`, "spec.load.files[0] (line 5): is empty, must name a file or a folder"},
		"only hidden":       {file + "[empty]", "/empty has no files, but for hidden and compiled ones, which stay"},
		"a link out":        {file + "[linked]", "/linked/out is a symbolic link to a folder or out of " + dir + "/linked; name it by itself if it is to go along"},
		"a link to folder":  {file + "[linked2]", "/linked2/folder is a symbolic link to a folder"},
		"too many":          {file + "[many]", "spec.load.files[0] (line 5): leads to more than 1000 files; name fewer, or build them into an image of your own"},
		"too many, and on":  {file + "[many, data]", "spec.load.files[0] (line 5): leads to more than 1000 files"},
		"for a swarmfile":   {"files: [data]", "spec.load.files (line 5): is for engine locust"},
		"without a file":    {"engine: locust, files: [data]", "is given without load.file; the built-in locustfile reads no other file"},
		"beside a master":   {`engine: locust, masterURL: "http://m:1", files: [data]`, "is given beside masterURL; a master that already runs has its own files"},
		"no regular file":   {file + "[/dev/null]", "/dev/null is not a regular file"},
		"a number of files": {file + "data", "spec.load.files"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := projectWith(dir, "{"+tc.load+"}")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want %q in it", err, tc.want)
			}
			if strings.HasPrefix(name, "too many") && strings.Contains(err.Error(), "\n") {
				t.Errorf("it is told more than once:\n%v", err)
			}
		})
	}
	if _, err := projectWith(dir, "{"+file+"[linked/out, linked3]}"); err != nil {
		t.Errorf("a link that is named, and one within its folder: %v", err)
	}
}

// TestNeighboursIdentity: what is measured depends on a module and a data file as on the
// locustfile, and not on where the project is.
func TestNeighboursIdentity(t *testing.T) {
	load := func(dir string) map[string]string {
		exp, err := projectWith(dir, "{engine: locust, file: load/locustfile.py, files: [data/users.csv]}")
		if err != nil {
			t.Fatal(err)
		}
		return exp.Identity()
	}
	dir, other := project(t), project(t)
	before := load(dir)
	if diff := cmp.Diff(before, load(other)); diff != "" {
		t.Errorf("elsewhere it is another (-here +there)\n%s", diff)
	}
	for _, name := range []string{"load/lib/auth.py", "data/users.csv"} {
		writeFile(t, filepath.Join(other, name), "# changed\n")
		if cmp.Equal(before, load(other)) {
			t.Errorf("%s makes no difference", name)
		}
		writeFile(t, filepath.Join(other, name), map[string]string{"data/users.csv": "ann\n"}[name])
	}
}

// TestLargeNeighbour: a run on this machine may use what no ConfigMap holds.
func TestLargeNeighbour(t *testing.T) {
	dir := project(t)
	writeFile(t, filepath.Join(dir, "big"), strings.Repeat("x", keptBytes+1))
	exp, err := projectWith(dir, "{engine: locust, file: load/locustfile.py, files: [big]}")
	if err != nil {
		t.Fatal(err)
	}
	n := exp.Neighbours[0]
	if n.Name != "../big" || n.Size != keptBytes+1 || n.Data != nil || len(n.Sum) != 64 {
		t.Errorf("%s has %d bytes, %d kept, sum %q", n.Name, n.Size, len(n.Data), n.Sum)
	}
	want := "common.py, lib/__init__.py, lib/auth.py (imported), ../big (load.files); 1048577 bytes"
	if got := exp.NeighboursText(); got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
}

// TestAnchoredFiles: a run's own copy finds the files from its own folder.
func TestAnchoredFiles(t *testing.T) {
	dir := project(t)
	exp, err := projectWith(dir, "{engine: locust, file: load/locustfile.py, files: [data]}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(dir, "data")}, exp.Anchored().Spec.Load.Files); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestIllegibleNames: a name that would break a line, or that no ConfigMap can hold, is
// told quoted, and no suggestion has one.
func TestIllegibleNames(t *testing.T) {
	for name, tc := range map[string]struct{ file, files, want string }{
		"a newline":            {"a\nb.csv", `["a\nb.csv"]`, `leads to "../a\nb.csv", whose name has control characters or is not UTF-8; rename it`},
		"missing":              {"x", `["a\nb.csv"]`, `leads to "../a\nb.csv"`},
		"in a folder":          {"data/a\x1b[31m.csv", "[data]", `leads to "../data/a\x1b[31m.csv"`},
		"not UTF-8":            {"data/\xff.csv", "[data]", `leads to "../data/\xff.csv"`},
		"a folder in a folder": {"data/\xfe/a.csv", "[data]", `leads to "../data/\xfe"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := project(t)
			writeFile(t, filepath.Join(dir, tc.file), "")
			_, err := projectWith(dir, "{engine: locust, file: load/locustfile.py, files: "+tc.files+"}")
			if err == nil || !strings.Contains(err.Error(), "spec.load.files[0] (line 5): "+tc.want) || !isLegible(err.Error()) {
				t.Errorf("error is %q, want %q in it, in one line", err, tc.want)
			}
		})
	}
	dir := project(t)
	writeFile(t, filepath.Join(dir, "data/user\n.csv"), "")
	_, err := projectWith(dir, "{engine: locust, file: load/locustfile.py, files: [data/usr.csv]}")
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("suggests %q", err)
	}
}
