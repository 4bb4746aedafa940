// Package docs runs what the documentation says: every command of a console
// block, every experiment and swarmfile, every link.
package docs

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/internal/builtin"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

const root = "../.."

// pages are the documents, by their path from the root.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"), filepath.Join(root, "AGENTS.md")}
	for _, folder := range []string{"docs", internals} {
		in, err := filepath.Glob(filepath.Join(root, folder, "*.md"))
		if err != nil || len(in) == 0 {
			t.Fatalf("no documents in %s: %v", folder, err)
		}
		found = append(found, in...)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// block is a fenced block: its language in group 1, its text in group 2.
var block = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

func blocks(text, language string) []string {
	var out []string
	for _, m := range block.FindAllStringSubmatch(text, -1) {
		if m[1] == language {
			out = append(out, m[2])
		}
	}
	return out
}

func commands(text string) []string {
	var out []string
	for _, b := range blocks(text, "console") {
		for line := range strings.Lines(b) {
			if cmd, ok := strings.CutPrefix(line, "$ "); ok {
				out = append(out, strings.TrimSpace(cmd))
			}
		}
	}
	return out
}

// TestCommands runs the commands of each page as a reader does: in order, in one shell, with
// the programs that `make install` installs, in a directory that looks like the checkout.
// The environment makes the matrices small: it overrides the file, as the page on
// experiments says, and flags override it.
func TestCommands(t *testing.T) {
	bin := install(t)
	env := append(os.Environ(),
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"PYTHON="+pylocust.New(t).Path,
		"TEST_DURATION=3", "COOLDOWN=0", "REPLICA_COUNTS=1", "WORKER_COUNTS=1", "USER_COUNTS=3")
	ran := 0
	for _, page := range pages(t) {
		cmds := commands(read(t, page))
		ran += len(cmds)
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			// Locks of its own: two pages may use the same target at once.
			runCommands(t, checkoutLike(t), append(slices.Clone(env), "XDG_CACHE_HOME="+t.TempDir()), cmds)
		})
	}
	if ran < 10 {
		t.Errorf("only %d commands found: are the blocks still marked as console?", ran)
	}
}

// checkoutLike is a folder with the examples, which can be built there.
func checkoutLike(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(read(t, filepath.Join(root, name))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runCommands runs the lines up to the first that fails. What make does runs in CI on its
// own; here it only has to be a target. Port 8000, which is usually free on a reader's
// machine, is replaced by another.
func runCommands(t *testing.T, dir string, env, lines []string) {
	t.Helper()
	script, port := "set -ex\n", freePort(t)
	for _, line := range lines {
		if target, ok := strings.CutPrefix(line, "make "); ok {
			isTarget(t, target)
			continue
		}
		script += strings.ReplaceAll(line, "8000", port) + "\n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir, cmd.Env = dir, env
	// What a page leaves running ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.CombinedOutput()
	if left := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); left == nil {
		t.Error("something that the page started still runs at its end")
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func isTarget(t *testing.T, command string) {
	t.Helper()
	name, _, _ := strings.Cut(command, " ")
	if !strings.Contains(read(t, filepath.Join(root, "Makefile")), "\n"+name+":") {
		t.Errorf("make %s: no such target", command)
	}
}

// tool is a program of the checkout that a command runs.
var tool = regexp.MustCompile(`go run (\./[\w/]+)`)

// TestShellBlocks parses the sh blocks, which need a cluster to run, and looks for
// the targets and programs that they name.
func TestShellBlocks(t *testing.T) {
	parsed := 0
	for _, page := range pages(t) {
		for _, text := range blocks(read(t, page), "sh") {
			parsed++
			cmd := exec.CommandContext(t.Context(), "sh", "-n")
			cmd.Stdin = strings.NewReader(text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\n%s", page, err, out, text)
			}
			for line := range strings.Lines(text) {
				if target, ok := strings.CutPrefix(strings.TrimSpace(line), "make "); ok {
					isTarget(t, target)
				}
			}
			for _, m := range tool.FindAllStringSubmatch(text, -1) {
				if _, err := os.Stat(filepath.Join(root, m[1], "main.go")); err != nil {
					t.Errorf("%s: %s: %v", page, m[0], err)
				}
			}
		}
	}
	if parsed < 5 {
		t.Errorf("only %d blocks found: are they still marked as sh?", parsed)
	}
}

// TestDocuments decodes every YAML document of the pages and of examples/.
func TestDocuments(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{"swarmfile.yaml": builtin.Swarmfile(), "locustfile.py": builtin.Locustfile()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, page := range pages(t) {
		for _, text := range blocks(read(t, page), "yaml") {
			decode(t, page, text, dir)
		}
	}
	for _, pattern := range []string{"*.yaml", "*/*.yaml"} {
		examples, err := filepath.Glob(filepath.Join(root, "examples", pattern))
		if err != nil || len(examples) == 0 {
			t.Fatalf("no examples/%s: %v", pattern, err)
		}
		for _, path := range examples {
			decode(t, path, read(t, path), filepath.Dir(path))
		}
	}
}

func decode(t *testing.T, name, text, dir string) {
	t.Helper()
	var err error
	switch {
	case strings.Contains(text, "kind: LoadMatrix"):
		_, err = experiment.Decode(name, []byte(text), dir, nil)
	case strings.Contains(text, "kind: Swarmfile"):
		_, err = experiment.DecodeSwarmfile(name, []byte(text))
	default: // another kind, such as a CI system's
		err = yaml.Unmarshal([]byte(text), &map[string]any{})
	}
	if err != nil {
		t.Error(err)
	}
}

// TestExamplesAreTheBuiltInLoads keeps the shipped files equal to what runs without them.
func TestExamplesAreTheBuiltInLoads(t *testing.T) {
	for name, want := range map[string][]byte{"swarmfile.yaml": builtin.Swarmfile(), "locustfile.py": builtin.Locustfile()} {
		if got := read(t, filepath.Join(root, "examples", name)); got != string(want) {
			t.Errorf("examples/%s differs from internal/builtin/%s", name, name)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)

func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(block.ReplaceAllString(read(t, page), ""), -1) {
			to := filepath.Join(filepath.Dir(page), m[1])
			if m[1] == "" {
				to = page
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			} else if m[2] != "" && !slices.Contains(anchors(read(t, to)), m[2][1:]) {
				t.Errorf("%s links to %s, which has no such heading", page, m[1]+m[2])
			}
		}
	}
}

// TestEnvironmentIsDocumented names every variable in the page that lists them.
func TestEnvironmentIsDocumented(t *testing.T) {
	page := read(t, filepath.Join(root, "docs", "experiment.md"))
	for _, v := range experiment.EnvironmentVariables() {
		if !strings.Contains(page, "`"+v.Name+"`") {
			t.Errorf("docs/experiment.md does not name %s", v.Name)
		}
	}
}

// TestReadmeIsShort holds what a newcomer reads first to its length.
func TestReadmeIsShort(t *testing.T) {
	if n := len(slices.Collect(strings.Lines(read(t, filepath.Join(root, "README.md"))))); n > 150 {
		t.Errorf("README.md has %d lines, at most 150", n)
	}
}
