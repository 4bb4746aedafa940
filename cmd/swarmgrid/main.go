// Command swarmgrid says how many replicas a service needs, for a load, within a latency.
package main

import (
	"log"
	"os"

	"golang.org/x/term"

	"github.com/swarmgrid/swarmgrid/internal/cli"
)

func main() {
	log.SetFlags(0)
	log.SetOutput(cli.SayOnce(os.Stderr))
	executable, _ := os.Executable()
	cache, _ := os.UserCacheDir()
	os.Exit(cli.Main(&cli.Env{
		Args: os.Args[1:], Getenv: os.Getenv, LookupEnv: os.LookupEnv,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, StdoutWidth: width(os.Stdout), StderrWidth: width(os.Stderr),
		StdinIsTerminal: func() bool { return term.IsTerminal(int(os.Stdin.Fd())) },
		Interrupts:      cli.Interrupts(), Exit: os.Exit, Executable: executable, CacheDir: cache, TempDir: os.TempDir(),
	}))
}

func width(f *os.File) func() int {
	return func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0
		}
		return width
	}
}
