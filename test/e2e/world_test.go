//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is the limit for everything that has no limit of its own.
const patience = 60 * time.Second

// world is what one test's processes see: a directory to work in, a cache
// directory (and so target locks) of their own, and a marker in the environment
// by which every one of them, grandchildren included, is found again.
type world struct {
	t      *testing.T
	dir    string
	marker string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.marker = "SWARMGRID_E2E=" + w.dir
	t.Cleanup(w.killAll)
	return w
}

// env is the environment of every process: the test's own, without variables that would
// change an experiment.
func (w *world) env() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case strings.HasPrefix(name, "LOCUST_"), name == "TEST_DURATION", name == "COOLDOWN", strings.HasSuffix(name, "_COUNTS"), name == "PATH":
		default:
			env = append(env, v)
		}
	}
	return append(env, w.marker,
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"XDG_CACHE_HOME="+w.path("cache"),
		"PYTHONDONTWRITEBYTECODE=1",
		// The race detector of the test is not in the programs, but its options would be.
		"GORACE=",
	)
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// file writes a file into the world and returns its path.
func (w *world) file(name, content string) string {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return w.path(name)
}

func (w *world) read(path string) string {
	w.t.Helper()
	if !filepath.IsAbs(path) {
		path = w.path(path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// proc is a living process.
type proc struct {
	pid  int
	args []string
}

// is tells whether the command line holds all words, in any order.
func (p proc) is(words ...string) bool {
	for _, word := range words {
		if !slices.ContainsFunc(p.args, func(a string) bool { return a == word || filepath.Base(a) == word }) {
			return false
		}
	}
	return true
}

func (p proc) String() string { return fmt.Sprintf("%d %s", p.pid, strings.Join(p.args, " ")) }

// processes are the world's processes, zombies aside.
func (w *world) processes() []proc {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var out []proc
	for _, dir := range dirs {
		env, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil || !slices.Contains(strings.Split(string(env), "\x00"), w.marker) {
			continue // somebody else's, or just gone
		}
		cmdline, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil || len(cmdline) == 0 {
			continue // a zombie has no command line
		}
		pid, _ := strconv.Atoi(filepath.Base(dir))
		out = append(out, proc{pid, strings.Split(string(bytes.TrimRight(cmdline, "\x00")), "\x00")})
	}
	return out
}

// find returns the processes that hold all words.
func (w *world) find(words ...string) []proc {
	return slices.DeleteFunc(w.processes(), func(p proc) bool { return !p.is(words...) })
}

// kill sends SIGKILL to one process that holds all words.
func (w *world) kill(words ...string) {
	w.t.Helper()
	if !w.strike(words...) {
		w.t.Fatalf("no process is %q; there are %v", words, w.processes())
	}
}

// strike is kill, where there may be none any more.
func (w *world) strike(words ...string) bool {
	w.t.Helper()
	found := w.find(words...)
	if len(found) == 0 {
		return false
	}
	err := syscall.Kill(found[0].pid, syscall.SIGKILL)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		w.t.Fatalf("killing %v: %v", found[0], err)
	}
	return err == nil
}

// noOrphans waits until no process of the world is left. A killed driver's
// children are killed by the kernel, their children by the balancer: at once, but
// not within the same instant.
func (w *world) noOrphans() {
	w.t.Helper()
	var left []proc
	w.await(10*time.Second, "all processes are gone", func() bool {
		left = w.processes()
		return len(left) == 0
	}, func() string { return fmt.Sprintf("left: %v", left) })
}

// await polls a condition until it holds and fails the test when it does not within a time.
func (w *world) await(within time.Duration, what string, ok func() bool, details ...func() string) {
	w.t.Helper()
	for deadline := time.Now().Add(within); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			for _, d := range details {
				what += "; " + d()
			}
			w.t.Fatalf("not so after %v: %s", within, what)
		}
	}
}

// killAll leaves nothing behind, whatever the test came to.
func (w *world) killAll() {
	for _, p := range w.processes() {
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
	}
}
