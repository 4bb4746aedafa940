package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// makeTarget runs a target of the Makefile in the environment of somebody without settings
// for Go, and returns the output. Go's caches stay: nothing is fetched.
func makeTarget(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-C", root}, args...)...)
	cmd.Env = append(goEnv(t), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("make %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func goEnv(t *testing.T) []string {
	t.Helper()
	names := []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS", "GOPROXY", "GOTOOLCHAIN"}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "GOENV=off"}
	for i, value := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		env = append(env, names[i]+"="+value)
	}
	return env
}

// install puts the programs into a folder as `make install` does.
func install(t *testing.T) string {
	t.Helper()
	prefix := t.TempDir()
	makeTarget(t, nil, "install", "PREFIX="+prefix)
	return filepath.Join(prefix, "bin")
}

// printed is a command that install prints for its reader.
var printed = regexp.MustCompile(`(?m)^  (.*)$`)

// TestInstall: the output of install is true, and the command that it prints is all that a
// new shell needs.
func TestInstall(t *testing.T) {
	home := t.TempDir()
	bin := filepath.Join(home, ".local", "bin")
	env := []string{"HOME=" + home, "SHELL=/bin/sh"}
	said := makeTarget(t, env, "install")
	if want := "installed in " + bin + ": inference-sim swarmgrid\n"; !strings.HasPrefix(said, want) {
		t.Errorf("it begins with\n%s\nwant\n%s", said, want)
	}
	command := printed.FindStringSubmatch(said)
	if command == nil {
		t.Fatalf("no command to put %s on the PATH in\n%s", bin, said)
	}
	fresh := func(flags, line string) string {
		cmd := exec.CommandContext(t.Context(), "sh", flags, line)
		cmd.Env, cmd.Dir = []string{"HOME=" + home, "PATH=/usr/bin:/bin"}, checkoutLike(t)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return string(out)
	}
	fresh("-c", command[1])
	for _, line := range []string{"swarmgrid plan examples/demo.yaml", "inference-sim --help"} {
		fresh("-lc", line)
	}

	onPath := append(env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if said := makeTarget(t, onPath, "install"); !strings.Contains(said, "it is on the PATH") || printed.MatchString(said) {
		t.Errorf("with %s on the PATH it says\n%s", bin, said)
	}
	other := filepath.Join(t.TempDir(), "go bin")
	if said := makeTarget(t, append(onPath, "GOBIN="+other), "install"); !strings.Contains(said, "installed in "+other) || !strings.Contains(said, "leads to another swarmgrid, "+bin) {
		t.Errorf("with GOBIN beside an older one it says\n%s", said)
	}
	makeTarget(t, env, "uninstall")
	if left, err := os.ReadDir(bin); err != nil || len(left) != 0 {
		t.Errorf("uninstall leaves %v (%v)", left, err)
	}
	if _, err := os.Stat(filepath.Join(other, "swarmgrid")); err != nil {
		t.Errorf("uninstall took more than was asked: %v", err)
	}
}
