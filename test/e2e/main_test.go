//go:build linux

package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// kills is how often TestKills kills the driver.
var kills = flag.Int("kills", 5, "how often TestKills kills the driver")

// bin is the directory of the programs under test.
var bin string

// TestMain builds the programs once. They are built without the race detector,
// as users run them.
func TestMain(m *testing.M) {
	flag.Parse()
	// Most of these tests wait for processes and windows, so more of them than
	// there are cores may run at a time.
	if err := flag.Set("test.parallel", strconv.Itoa(max(runtime.GOMAXPROCS(0), atATime))); err != nil {
		panic(err)
	}
	catchIgnored()
	os.Exit(buildAndRun(m))
}

// catchIgnored keeps the programs under test from inheriting that a signal is ignored, as
// nohup has it, or a shell's &: one that is caught is not passed on.
func catchIgnored() {
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// atATime is how many tests may wait at the same time: few enough for their processes to run
// on two cores.
const atATime = 8

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "swarmgrid-e2e-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = filepath.Join(dir, "bin")
	build := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "../../cmd/...")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// waitingTest marks a test that mostly waits, so that several fit on few cores.
func waitingTest(t *testing.T) {
	t.Helper()
	t.Parallel()
}
