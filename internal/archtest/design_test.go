package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

func design(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "docs", "design.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// row is a line of the package table: a level and a package.
var row = regexp.MustCompile("(?m)^\\| (\\d+) \\| `([^`]+)` \\| [^|]+ \\|$")

// TestDesignHasThePackages holds the table of docs/design.md against levels: every
// package once, in the same order.
func TestDesignHasThePackages(t *testing.T) {
	var want, got []string
	for level, names := range levels() {
		for _, name := range names {
			want = append(want, fmt.Sprint(level, " ", name))
		}
	}
	for _, m := range row.FindAllStringSubmatch(design(t), -1) {
		got = append(got, m[1]+" "+m[2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages of docs/design.md (-levels +page):\n%s", diff)
	}
}

// TestDesignNamesWhatIsThere looks for every file and folder that docs/design.md names.
func TestDesignNamesWhatIsThere(t *testing.T) {
	found := 0
	for _, m := range regexp.MustCompile("`([^` ]+)`").FindAllStringSubmatch(design(t), -1) {
		name := m[1]
		switch folder, _, nested := strings.Cut(name, "/"); {
		case !nested && strings.HasSuffix(name, ".go"):
			t.Errorf("%s: name the file with its folder", name)
		case !nested || strings.Contains(folder, "."):
			continue
		}
		found++
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
			t.Errorf("%s is not there", name)
		}
	}
	if found < 100 {
		t.Errorf("only %d names found: are they still in backticks?", found)
	}
}
