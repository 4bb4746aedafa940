package inferencesim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
)

// Exit codes of the program.
const (
	exitOK    = 0
	exitError = 1 // could not listen or serve, or did not drain in time
	exitUsage = 2 // a wrong flag
)

// Run is the program: it serves as the arguments say until ctx ends, drains,
// and returns the exit code. Help goes to stdout, everything else to stderr.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := ParseFlags(args)
	switch {
	case errors.Is(err, errHelp):
		fmt.Fprint(stdout, usage)
		return exitOK
	case err != nil:
		complain(stderr, err)
		fmt.Fprintln(stderr, "see inference-sim --help")
		return exitUsage
	}
	if err := listenAndServe(ctx, o, stderr); err != nil {
		complain(stderr, err)
		return exitError
	}
	return exitOK
}

// complain prints an error, each line of a joined one under the program's name.
func complain(stderr io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(stderr, "inference-sim: %s\n", line)
	}
}

func listenAndServe(ctx context.Context, o Options, stderr io.Writer) (err error) {
	for o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	s, err := NewServer(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w; choose another address with --listen", o.Listen, err)
	}
	fmt.Fprintf(stderr, "inference-sim: listening on http://%s (seed %d)\n", l.Addr(), o.Seed)
	return s.Serve(ctx, l)
}
