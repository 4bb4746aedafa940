//go:build cluster

package kube

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// window is how long TestCampaign measures each scenario.
var window = flag.Duration("window", 15*time.Second, "how long TestCampaign measures each scenario")

// atATime is how many tests may wait at the same time: few enough for their pods to run on
// two cores.
const atATime = 6

// program is the swarmgrid under test, image the same in the cluster.
var (
	program string
	image   = cmp.Or(os.Getenv("SWARMGRID_TEST_IMAGE"), imageSwarmgrid)
)

// TestMain builds the program once, without the race detector, as users run it.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(atATime)); err != nil {
		panic(err)
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "swarmgrid-kube-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "swarmgrid")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/swarmgrid").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
