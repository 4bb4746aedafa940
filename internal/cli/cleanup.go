package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/spec"
)

func newCleanupCmd(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "cleanup FILE",
		Short: "Restore the target of an experiment after a run that could not do it itself",
		Long: `Restore the target of an experiment after a run that could not do it itself.

On one machine every process of a run dies with it, so that nothing is ever left
to restore; cleanup then only tells whether the target is free or who holds it.`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return runCleanup(cmd.Context(), args[0], env) },
	}
}

func runCleanup(ctx context.Context, file string, env *Env) error {
	exp, err := spec.Load(file, spec.FromEnvironment(env.Getenv))
	if err != nil {
		return err
	}
	if err := refuseCluster(exp); err != nil {
		return err
	}
	p, err := newPlatform(env, exp, env.TempDir, "", "")
	if err != nil {
		return err
	}
	if err := p.Acquire(ctx, newHolder()); err != nil {
		return err
	}
	if err := p.Release(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout, "no run holds the target, and nothing is left to restore")
	return err
}
