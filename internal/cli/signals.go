package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// Interrupts delivers the signals by which a person, a terminal or the system ends us, for
// Env.Interrupts.
//
// A hang-up that is ignored at the start, as nohup does, stays ignored. SIGPIPE is caught
// and dropped, so that writing to a pipe whose reader is gone fails instead of ending the
// process. It is not ignored, because our children would inherit that.
func Interrupts() <-chan os.Signal {
	interrupts := make(chan os.Signal, 4)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(interrupts, syscall.SIGHUP)
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return interrupts
}

// withInterrupts ends the context at the first signal and the process at the second: a
// person who insists does not want to wait for the cleanup, and nothing on disk is harmed by
// that. A hang-up does not count as the second: a terminal that closes sends one, its shell
// another, and a system that shuts down sends one after SIGTERM.
func withInterrupts(ctx context.Context, env *Env) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-env.Interrupts:
			cancel()
		case <-ctx.Done():
		}
		for s := range env.Interrupts {
			if s != syscall.SIGHUP {
				env.Exit(ExitInterrupted)
			}
		}
	}()
	return ctx, cancel
}

// runUntilInterrupt runs a campaign, and stops it in order when an interrupt ends the
// context.
func runUntilInterrupt(ctx context.Context, c *run.Campaign) (*result.Run, error) {
	defer stopAtEnd(ctx, c)()
	return c.Run(context.WithoutCancel(ctx))
}

// stopAtEnd commands a stop when the context ends, unless it is called off before.
func stopAtEnd(ctx context.Context, to run.Commands) (callOff func() bool) {
	if ctx.Err() != nil {
		to.Stop()
	}
	return context.AfterFunc(ctx, to.Stop)
}
