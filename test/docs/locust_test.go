package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

func locustPage(t *testing.T) string { return read(t, filepath.Join(root, "docs", "locust.md")) }

// TestFilesBesideTheLocustfile lays out what the page describes: what it says goes along
// does, and nothing else.
func TestFilesBesideTheLocustfile(t *testing.T) {
	page, dir := locustPage(t), t.TempDir()
	for name, text := range map[string]string{
		"load/locustfile.py": "import common\nfrom lib.auth import token\n", "load/common.py": "", "load/unused.py": "",
		"load/lib/__init__.py": "", "load/lib/auth.py": "", "load/lib/unused.py": "", "load/users.csv": strings.Repeat("u", 1000),
		"data/cities.csv": strings.Repeat("c", 204), "data/.env": "TOKEN=hush", "data/.git/config": "", "data/__pycache__/x.py": "", "data/x.pyc": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := blocks(page, "yaml")[0]
	exp, err := experiment.Decode("x.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {scaleTargetRef: {name: x}}\n  "+strings.ReplaceAll(strings.TrimSpace(load), "\n", "\n  ")), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "beside the locustfile: " + exp.NeighboursText() + "\n"; blocks(page, "text")[0] != want {
		t.Errorf("the page shows\n%swant\n%s", blocks(page, "text")[0], want)
	}
}

// TestImageRecipe: the recipe is for the Locust that runs unless another is named, installs
// as somebody who may, and gives the image back to its user.
func TestImageRecipe(t *testing.T) {
	recipe := blocks(locustPage(t), "dockerfile")[0]
	want := `(?s)^FROM ` + regexp.QuoteMeta(experiment.DefaultLocustImage) + `\nUSER root\n.*\nRUN pip install .*\nUSER locust\n$`
	if !regexp.MustCompile(want).MatchString(recipe) {
		t.Errorf("the recipe is\n%s", recipe)
	}
}

// TestThreeDigits: the page's lines make either Locust round to three digits.
func TestThreeDigits(t *testing.T) {
	lines := blocks(locustPage(t), "python")[0]
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		script := lines + `
s = locust.stats.RequestStats()
for ms in (1.4, 12.6, 104.9, 105.1, 1234.5, 12345):
    s.log_request("GET", "/", ms, 0)
print(*sorted(s.total.response_times))
`
		out, err := exec.Command(p.Path, "-c", script).Output()
		if want := "1 13 105 1230 12300\n"; err != nil || string(out) != want {
			t.Errorf("%q, %v; want %q", out, err, want)
		}
	})
}
