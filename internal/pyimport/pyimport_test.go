package pyimport

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestScan(t *testing.T) {
	for name, tc := range map[string]struct {
		source string
		want   []Import
	}{
		"plain":          {"import os, common as c, lib.auth\n", []Import{{Module: "os"}, {Module: "common"}, {Module: "lib.auth"}}},
		"from":           {"from lib.auth import login as enter, token\n", []Import{{Module: "lib.auth", Names: []string{"login", "token"}}}},
		"bracketed":      {"from lib import (\n    a,  # first\n    b as c,\n)\nimport d", []Import{{Module: "lib", Names: []string{"a", "b"}}, {Module: "d"}}},
		"star":           {"from lib import *\n", []Import{{Module: "lib"}}},
		"relative":       {"from . import a\nfrom .b import c\nfrom ...d.e import f\n", []Import{{Dots: 1, Names: []string{"a"}}, {Dots: 1, Module: "b", Names: []string{"c"}}, {Dots: 3, Module: "d.e", Names: []string{"f"}}}},
		"no spaces":      {"from.a import b;import c\n", []Import{{Dots: 1, Module: "a", Names: []string{"b"}}, {Module: "c"}}},
		"indented":       {"def f():\n\tif x: import a\n\ttry: from b import c\n\texcept E: pass\n", []Import{{Module: "a"}, {Module: "b", Names: []string{"c"}}}},
		"continued":      {"from a \\\n  import b, \\\r\n  c\n", []Import{{Module: "a", Names: []string{"b", "c"}}}},
		"windows":        {"import a\r\nimport b\r\n", []Import{{Module: "a"}, {Module: "b"}}},
		"byte order":     {"\uFEFFimport a\n", []Import{{Module: "a"}}},
		"letters":        {"import größe, _x1\n", []Import{{Module: "größe"}, {Module: "_x1"}}},
		"docstring":      {"\"\"\"\nimport a\n'''\n\\\"\"\"\nimport b\n\"\"\"\nimport c\n", []Import{{Module: "c"}}},
		"strings":        {"x = 'import a\\'; import b'\ny = r\"\\\"; import c\"\nimport d\n", []Import{{Module: "d"}}},
		"comment":        {"# import a\nx = 1 # '''\nimport b\n", []Import{{Module: "b"}}},
		"other froms":    {"raise E from e\nyield from g()\nx.from_ = 1\nimported = 2\n", nil},
		"unclosed quote": {"x = 'abc\nimport a\n", []Import{{Module: "a"}}},
		"miscounted":     {"x = f(\"(\"[\n\nimport a\n", []Import{{Module: "a"}}},
		"in a list":      {"x = [\n  1,\n]\nimport a\n", []Import{{Module: "a"}}},
		"not Python":     {"import\nfrom\nfrom import a\nimport .a\nimport 1a\nfrom a\nimport a b\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Scan([]byte(tc.source))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestModules(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	fsys := fstest.MapFS{
		"locustfile.py":       file("import os, common, requests\nfrom lib.auth import login\nfrom spaces import deep\ndef f():\n  import late\n"),
		"common.py":           file("import locustfile, common\nfrom lib import users\n"),
		"late.py":             file(""),
		"unused.py":           file(""),
		"secrets.env":         file(""),
		"lib/__init__.py":     file("from .names import NAMES\n"),
		"lib/auth.py":         file("from . import tokens, nothing\nfrom ..common import x\nfrom .deeper.still import y\n"),
		"lib/names.py":        file("import shadow\n"),
		"lib/users.py":        file(""),
		"lib/tokens.py":       file(""),
		"lib/unused.py":       file(""),
		"lib/shadow.py":       file(""), // not where `import shadow` looks
		"lib/deeper/still.py": file("from ... import up\n"),
		"spaces/deep.py":      file("from .. import above\n"),
		"above.py":            file(""),
		"up.py":               file(""),
		"both.py":             file(""),
		"both/__init__.py":    file(""),
	}
	want := []string{"common.py", "late.py", "lib/__init__.py", "lib/auth.py", "lib/deeper/still.py", "lib/names.py", "lib/tokens.py", "lib/users.py", "spaces/deep.py"}
	if diff := cmp.Diff(want, Modules(fsys, "locustfile.py")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	fsys["locustfile.py"] = file("import both.x\n")
	if diff := cmp.Diff([]string{"both/__init__.py"}, Modules(fsys, "locustfile.py")); diff != "" {
		t.Errorf("a package goes before a module (-want +got)\n%s", diff)
	}
	if got := Modules(fsys, "no.py"); got != nil {
		t.Errorf("Modules of a program that is not there: %v", got)
	}
}

// FuzzScan wants every source read to its end, and names that can be part of a path.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{"import a.b, c", "from ..a import (b,\n c)", "'''", "x = \"\\", "([{;:#\n", "from . import *"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		for _, i := range Scan(source) {
			if i.Dots == 0 && i.Module == "" {
				t.Errorf("an import of nothing in %q", source)
			}
			for _, name := range append(i.Names, i.Module) {
				for _, r := range name {
					if r == '/' || r == '\\' || r == 0 {
						t.Errorf("name %q in %q", name, source)
					}
				}
			}
		}
	})
}
