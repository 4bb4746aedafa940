package look

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

func TestLastWord(t *testing.T) {
	ended := errors.New("exit status 1")
	for _, c := range []struct{ out, want string }{
		{"", "exit status 1"},
		{
			"Traceback (most recent call last):\n  File \"<string>\", line 9, in <module>\n  File \"/x/load.py\", line 4, in <module>\n" +
				"    import faker\nModuleNotFoundError: No module named 'faker'\n",
			"ModuleNotFoundError: No module named 'faker' (line 4)",
		},
		{
			"  File \"/x/load.py\", line 2, in <module>\n    import helper\n  File \"/x/helper.py\", line 7, in <module>\n    1/0\n" +
				"ZeroDivisionError: division by zero\n\n",
			"ZeroDivisionError: division by zero (line 2)",
		},
		{"just a word", "just a word"},
	} {
		if got := lastWord(c.out, "/x/load.py", ended); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestImport imports locustfiles with real Locust, of both generations.
func TestImport(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"sound", "from locust import HttpUser\nclass A(HttpUser): pass\n", ""},
		{"neighbour", "import neighbour\nA = neighbour.A\n", ""},
		{"data", "from locust import HttpUser\nimport os\nopen('experiment.yaml'), open(os.path.join(os.path.dirname(__file__), 'load.py'))\nclass A(HttpUser): pass\n", ""},
		{"abstract", "from locust import HttpUser\nclass A(HttpUser):\n    abstract = True\n", "has no class of users that is not abstract"},
		{"missing", "import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module' (line 1)"},
		{"exits", "raise SystemExit('set SHOP_TOKEN first')\n", "set SHOP_TOKEN first"},
		{"thread", "import threading, time\nfrom locust import User\nclass A(User): pass\nthreading.Thread(target=time.sleep, args=(90,)).start()\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
				t.Parallel()
				dir := t.TempDir()
				for name, text := range map[string]string{
					"load.py": c.text, "neighbour.py": "from locust import HttpUser\nclass A(HttpUser): pass\n",
					"experiment.yaml": "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {url: \"http://127.0.0.1:1\"}\n  load: {engine: locust, file: load.py}\n",
				} {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				exp, err := experiment.Load(filepath.Join(dir, "experiment.yaml"), nil)
				if err != nil {
					t.Fatal(err)
				}
				found := Check(t.Context(), Subject{Experiment: exp, Python: p.Path})
				text := strings.Join(found.Lines(), "\n")
				if (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
					t.Errorf("found %q, want %q", text, c.want)
				}
				if entries, _ := os.ReadDir(dir); len(entries) != 3 {
					t.Errorf("left behind: %v", entries)
				}
				if without := Check(t.Context(), Subject{Experiment: exp, Python: p.Path, NoImport: true}); len(without.Findings) > 0 {
					t.Errorf("without an import: %v", without.Findings)
				}
			})
		})
	}
}
