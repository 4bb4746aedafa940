package cli_test

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/swarmgrid/swarmgrid/internal/cli"
	"github.com/swarmgrid/swarmgrid/internal/inferencesim"
)

// TestMain makes this test binary stand for both programs, so that scripts, and
// the processes that a run starts, use the code under test.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"swarmgrid":     swarmgrid,
		"inference-sim": inferenceSim,
	})
}

func swarmgrid() {
	executable, _ := os.Executable()
	cache, _ := os.UserCacheDir()
	os.Exit(cli.Main(&cli.Env{
		Args: os.Args[1:], Getenv: os.Getenv, LookupEnv: os.LookupEnv,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, StderrWidth: func() int { return 0 },
		Interrupts: cli.Interrupts(), Exit: os.Exit, Executable: executable, CacheDir: cache, TempDir: os.TempDir(),
	}))
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
			env.Setenv("XDG_CACHE_HOME", env.WorkDir+"/cache")
			// Runs of the last program that wrote journals of format 1.
			return os.CopyFS(filepath.Join(env.WorkDir, "format1"), os.DirFS("testdata/format1"))
		},
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
