// Command inference-sim is a simulated inference service to try load tests on.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/swarmgrid/swarmgrid/internal/inferencesim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := inferencesim.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
