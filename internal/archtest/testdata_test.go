package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTestdataSaysWhereItComesFrom: whoever changes a file of a test has to know whether a
// person, a program or somebody else's program wrote it.
func TestTestdataSaysWhereItComesFrom(t *testing.T) {
	folders := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		switch {
		case strings.HasPrefix(d.Name(), ".") && path != root:
			return filepath.SkipDir
		case d.Name() == "testdata" && !onlyFuzz(t, path):
			folders++
			saysWhere(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if folders < 5 {
		t.Errorf("only %d folders found", folders)
	}
}

// onlyFuzz tells whether a folder holds nothing but inputs that the fuzzer found.
func onlyFuzz(t *testing.T, folder string) bool {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries) == 1 && entries[0].Name() == "fuzz"
}

func saysWhere(t *testing.T, folder string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Errorf("%v: write there where its files come from, and what writes them again", err)
		return
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 2 || !strings.Contains(string(text), "\n\n") {
		t.Errorf("%s: README.md is alone, or says nothing", folder)
	}
}
