package cli_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/swarmgrid/swarmgrid/internal/cli"
	"github.com/swarmgrid/swarmgrid/internal/inferencesim"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// TestMain makes this test binary stand for both programs, so that scripts, and
// the processes that a run starts, use the code under test.
func TestMain(m *testing.M) {
	// Scripts wait for processes and windows, so more of them than there are cores run at a time.
	if err := flag.Set("test.parallel", strconv.Itoa(max(runtime.GOMAXPROCS(0), atATime))); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"swarmgrid":     swarmgrid,
		"inference-sim": inferenceSim,
		"gatekeeper":    gatekeeper,
	})
}

// atATime is how many scripts may wait at the same time: few enough for two cores to
// carry what their processes do.
const atATime = 6

func swarmgrid() {
	executable, _ := os.Executable()
	cache, _ := os.UserCacheDir()
	os.Exit(cli.Main(&cli.Env{
		Args: os.Args[1:], Getenv: os.Getenv, LookupEnv: os.LookupEnv,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, StdoutWidth: func() int { return 0 }, StderrWidth: func() int { return 0 },
		StdinIsTerminal: func() bool { return false },
		Interrupts:      cli.Interrupts(), Exit: os.Exit, Executable: executable, CacheDir: cache, TempDir: os.TempDir(),
	}))
}

// gatekeeper is a service that knows nobody: 401, except at /healthz. It listens on its argument.
func gatekeeper() {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "{\"detail\":\n \"who are you?\"}")
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], mux))
	os.Exit(1)
}

func inferenceSim() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(inferencesim.Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			// The race detector's runtime would have every process sleep for a second at exit.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("XDG_CACHE_HOME", env.WorkDir+"/cache")
			env.Setenv("TMPDIR", env.WorkDir+"/tmp")
			env.Setenv("LOCUST_PYTHON", os.Getenv(pylocust.EnvPython))
			if err := os.Mkdir(filepath.Join(env.WorkDir, "tmp"), 0o700); err != nil {
				return err
			}
			serve(env)
			// Runs of the last program that wrote journals of format 1.
			return os.CopyFS(filepath.Join(env.WorkDir, "format1"), os.DirFS("testdata/format1"))
		},
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
