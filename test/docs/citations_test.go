package docs

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCitations resolves what comments cite: the document must be in the repository, and
// so must the part of it that is named.
func TestCitations(t *testing.T) {
	found := 0
	for name, text := range sources(t) {
		for _, c := range comments(name, text) {
			n, problems := cited(t, c)
			found += n
			for _, problem := range problems {
				t.Errorf("%s: %s", name, problem)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d citations found: are they still written as citation wants?", found)
	}
}

// citation is a document in a comment, as "locust-protocol.md 15 and 18", and what of it:
// numbers of headings, an anchor, or a heading in quotes.
var citation = regexp.MustCompile(`([\w./-]*\w\.md)\b(#[\w-]+)?((?: \d+(?:(?:,| and| to) \d+)*)?)(?:,? \(?"([^"]+)")?`)

// cited counts the citations of a comment and says which of them do not resolve.
func cited(t *testing.T, comment string) (found int, problems []string) {
	t.Helper()
	for _, m := range citation.FindAllStringSubmatch(comment, -1) {
		if slices.Contains(written(), path.Base(m[1])) {
			continue
		}
		found++
		if err := resolve(t, m[1], m[2], numbers.FindAllString(m[3], -1), m[4]); err != nil {
			problems = append(problems, err.Error())
		}
	}
	return found, problems
}

var numbers = regexp.MustCompile(`\d+`)

// written are documents that the program makes.
func written() []string { return []string{"auto_summary.md"} }

// internals is the folder whose documents are cited by their names alone.
const internals = "docs/internals"

func resolve(t *testing.T, name, anchor string, parts []string, title string) error {
	t.Helper()
	file, ok := document(name)
	if !ok {
		return fmt.Errorf("%s is not in the repository", name)
	}
	text := read(t, file)
	for _, n := range parts {
		if !strings.Contains(text, "\n### "+n+". ") {
			return fmt.Errorf("%s has no heading %s", name, n)
		}
	}
	switch short := file != filepath.Join(root, name); {
	case short && len(parts) == 0:
		return fmt.Errorf("%s is cited without the number of a heading", name)
	case anchor != "" && !slices.Contains(anchors(text), anchor[1:]):
		return fmt.Errorf("%s has no heading for %s", name, anchor)
	case title != "" && !slices.Contains(anchors(text), slug(title)):
		return fmt.Errorf("%s has no heading %q", name, title)
	}
	return nil
}

// document is a cited file: by its path from the root or, in short, one of internals.
func document(name string) (file string, ok bool) {
	for _, folder := range []string{"", internals} {
		file = filepath.Join(root, folder, name)
		if _, err := os.Stat(file); err == nil {
			return file, true
		}
	}
	return "", false
}

// heading is a line with # or the bold words that a paragraph begins with.
var heading = regexp.MustCompile(`(?m)^(?:#+ (.+)|(?:- )?\*\*(.+?)\.?\*\*)`)

// anchors are those of a page's headings, as GitHub makes them.
func anchors(text string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(block.ReplaceAllString(text, ""), -1) {
		out = append(out, slug(m[1]+m[2]))
	}
	return out
}

var (
	linked = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	unsaid = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func slug(title string) string {
	title = unsaid.ReplaceAllString(linked.ReplaceAllString(title, "$1"), "")
	return strings.ReplaceAll(strings.ToLower(title), " ", "-")
}

// sources are the files that may have comments, by their path from the root.
func sources(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.Type().IsRegular() && hasComments(d.Name()):
			out[strings.TrimPrefix(filepath.ToSlash(file), root+"/")] = read(t, file)
		}
		return nil
	})
	if err != nil || len(out) < 500 {
		t.Fatalf("looking for sources: %d files, %v", len(out), err)
	}
	return out
}

func hasComments(name string) bool {
	kinds := []string{".go", ".py", ".sh", ".yaml", ".yml", ".txtar", ".toml"}
	return slices.Contains(kinds, path.Ext(name)) || slices.Contains([]string{"Makefile", "Dockerfile", "run"}, name)
}

// comments are a file's, those that follow each other joined, since a citation may go
// over the end of a line.
func comments(name, text string) []string {
	if path.Ext(name) == ".go" {
		return goComments(text)
	}
	var out []string
	before := -1
	for i, line := range strings.Split(text, "\n") {
		_, said, found := strings.Cut(" "+line, " #")
		if !found {
			continue
		}
		if before == i-1 && before >= 0 {
			out[len(out)-1] += " " + strings.TrimSpace(said)
		} else {
			out = append(out, strings.TrimSpace(said))
		}
		before = i
	}
	return out
}

func goComments(text string) []string {
	var (
		out []string
		s   scanner.Scanner
	)
	last := -1
	set := token.NewFileSet()
	file := set.AddFile("", set.Base(), len(text))
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	for {
		pos, tok, said := s.Scan()
		switch {
		case tok == token.EOF:
			return out
		case tok != token.COMMENT:
			continue
		}
		said = strings.Join(strings.Fields(strings.Trim(strings.TrimPrefix(said, "//"), "/*")), " ")
		if line := file.Line(pos); line == last+1 {
			out[len(out)-1] += " " + said
			last = line
		} else {
			out, last = append(out, said), line
		}
	}
}

// TestCited holds what TestCitations finds, and what it refuses.
func TestCited(t *testing.T) {
	for _, tt := range []struct {
		comment string
		found   int
		want    []string
	}{
		{"rounded (locust-protocol.md 18), added (measuring.md 1 and 2).", 2, nil},
		{"see docs/reports.md (\"What no row says\") and docs/kubernetes.md#rights, and CONTRIBUTING.md.", 3, nil},
		{"the facts are in docs/internals/locust-protocol.md.", 1, nil},
		{"auto_summary.md is made", 0, nil},
		{"locust.md fact 4", 1, []string{"locust.md is not in the repository"}},
		{"docs/nothing.md says it", 1, []string{"docs/nothing.md is not in the repository"}},
		{"(measuring.md 1, 999)", 1, []string{"measuring.md has no heading 999"}},
		{"(measuring.md)", 1, []string{"measuring.md is cited without the number of a heading"}},
		{"docs/reports.md 3", 1, []string{"docs/reports.md has no heading 3"}},
		{`docs/reports.md, "What all rows say"`, 1, []string{`docs/reports.md has no heading "What all rows say"`}},
		{"docs/kubernetes.md#wrongs", 1, []string{"docs/kubernetes.md has no heading for #wrongs"}},
	} {
		found, problems := cited(t, tt.comment)
		if diff := cmp.Diff(tt.want, problems); found != tt.found || diff != "" {
			t.Errorf("%s: %d citations, want %d; problems (-want +got):\n%s", tt.comment, found, tt.found, diff)
		}
	}
}

// TestComments holds how comments are found and joined.
func TestComments(t *testing.T) {
	for name, text := range map[string]string{
		"a.go":    "package a // one\n\n// two of\n// them\nvar x = \"// none\"\n\nvar y /* three */ int\n",
		"a.yaml":  "a: 1 # one\n\n# two of\n# them\nb: \"a#none\"\nc: 2 # three\n",
		"a.txtar": "# one\nexec x\n# two of\n# them\nexec y\n# three\n",
	} {
		if diff := cmp.Diff([]string{"one", "two of them", "three"}, comments(name, text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
