package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func readRoot(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var target = regexp.MustCompile(`(?m)^([a-z0-9-]+):.* ## `)

// targets are the Makefile's, by the group in which its help shows them.
func targets(t *testing.T) (daily, rest []string) {
	t.Helper()
	_, text, found := strings.Cut(readRoot(t, "Makefile"), "\n##@ Daily\n")
	first, second, both := strings.Cut(text, "\n##@ Now and then\n")
	if !found || !both {
		t.Fatal("the Makefile has no groups")
	}
	for _, m := range target.FindAllStringSubmatch(first, -1) {
		daily = append(daily, m[1])
	}
	for _, m := range target.FindAllStringSubmatch(second, -1) {
		rest = append(rest, m[1])
	}
	return daily, rest
}

// TestMakeIsShort: what a newcomer has to know is a list that can be remembered.
func TestMakeIsShort(t *testing.T) {
	if daily, rest := targets(t); len(daily) == 0 || len(daily) > 10 || len(rest) == 0 {
		t.Errorf("%d daily targets, want 1 to 10, and %d others", len(daily), len(rest))
	}
}

var (
	made  = regexp.MustCompile("(?:`|\\$ |\\*\\*|run: .*)make ([a-z0-9-]+)")
	named = regexp.MustCompile("`((?:api|cmd|deploy|docs|examples|hack|internal|test)(?:/[^` ]*)?)`")
)

// TestMakeCommandsAreThere: what the documents tell to make is a target.
func TestMakeCommandsAreThere(t *testing.T) {
	daily, rest := targets(t)
	for _, page := range []string{"AGENTS.md", "CONTRIBUTING.md", "README.md", ".github/pull_request_template.md", ".github/workflows/ci.yml"} {
		found := made.FindAllStringSubmatch(readRoot(t, page), -1)
		for _, m := range found {
			if !slices.Contains(append(daily, rest...), m[1]) {
				t.Errorf("%s: make %s is no target", page, m[1])
			}
		}
		if len(found) == 0 && page != "README.md" {
			t.Errorf("%s: no command found: are they still written as made wants?", page)
		}
	}
}

// TestAgentsPage: short enough to be read, and of files that are there.
func TestAgentsPage(t *testing.T) {
	text := readRoot(t, "AGENTS.md")
	if n := strings.Count(text, "\n"); n > 120 {
		t.Errorf("AGENTS.md has %d lines, at most 120", n)
	}
	found := named.FindAllStringSubmatch(text, -1)
	for _, m := range found {
		if strings.HasSuffix(m[1], "/X") {
			continue // stands for any
		}
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("AGENTS.md names %s, which is not there", m[1])
		}
	}
	if len(found) < 20 {
		t.Errorf("only %d names found", len(found))
	}
}

// workflow is what we use of a hosted workflow. Whatever else is in one is refused.
type workflow struct {
	Name        string            `json:"name"`
	On          map[string]any    `json:"on"`
	Permissions map[string]string `json:"permissions"`
	Concurrency map[string]any    `json:"concurrency"`
	Jobs        map[string]struct {
		RunsOn  string `json:"runs-on"`
		Minutes int    `json:"timeout-minutes"`
		Steps   []struct {
			Uses string         `json:"uses"`
			With map[string]any `json:"with"`
			Run  string         `json:"run"`
			If   string         `json:"if"`
		} `json:"steps"`
	} `json:"jobs"`
}

var pinned = regexp.MustCompile(`^actions/[a-z-]+@v\d+$`)

// TestHostedWorkflow: it can be read, may write nothing, and makes what .ci/run makes.
func TestHostedWorkflow(t *testing.T) {
	var w workflow
	if err := yaml.UnmarshalStrict([]byte(readRoot(t, ".github/workflows/ci.yml")), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"contents": "read"}, w.Permissions); diff != "" {
		t.Error(diff)
	}
	var got []string
	for name, job := range w.Jobs {
		if job.RunsOn == "" || job.Minutes == 0 {
			t.Errorf("job %s has no machine or no limit", name)
		}
		for _, step := range job.Steps {
			if (step.Uses == "") == (step.Run == "") || step.Uses != "" && !pinned.MatchString(step.Uses) {
				t.Errorf("job %s: step %+v", name, step)
			}
			if m := made.FindStringSubmatch("run: " + step.Run); m != nil {
				got = append(got, m[1])
			}
		}
	}
	list := regexp.MustCompile(`(?m)^for target in (.*); do$`).FindStringSubmatch(readRoot(t, ".ci/run"))
	if list == nil {
		t.Fatal(".ci/run has no list of targets")
	}
	// There are two machines for its last one, and what is started on one is ended.
	want := strings.Fields(strings.Replace(list[1]+" ", " e2e ", " e2e-local e2e-cluster cluster-down ", 1))
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-.ci/run +hosted):\n%s", diff)
	}
}

// TestHostedFilesParse reads the other files that only the host reads.
func TestHostedFilesParse(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, ".github", "ISSUE_TEMPLATE", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	for _, file := range append(files, filepath.Join(root, ".github", "dependabot.yml")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var content map[string]any
		if err := yaml.UnmarshalStrict(data, &content); err != nil || len(content) == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
