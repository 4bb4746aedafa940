package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

type cleanupOptions struct {
	file    string
	cluster clusterFlags
	discard bool
}

func newCleanupCmd(env *Env) *cobra.Command {
	var opts cleanupOptions
	cmd := &cobra.Command{
		Use:   "cleanup FILE",
		Short: "Restore an experiment's target and remove what was deployed for it",
		Long: `Restore the target of an experiment and remove what was deployed for it: a run
that is active is stopped, the target is put back as its Lease says, and every
object with the experiment's labels is deleted. It ends with an error that lists
what remains. Results that were never downloaded stay, with an error, unless you
say that they may go.

On one machine every process of a run dies with it, so that nothing is ever left
to restore; cleanup of a target.process only tells whether the target is free or
who holds it, and that of a target.url, which may be loaded from here and from a
cluster, tells so first.`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.file = args[0]
			return runCleanup(cmd.Context(), &opts, env)
		},
	}
	opts.cluster.addFlags(cmd.Flags())
	addDiscard(cmd.Flags(), &opts.discard)
	return cmd
}

func runCleanup(ctx context.Context, opts *cleanupOptions, env *Env) error {
	here, err := experiment.LoadUnread(opts.file, experiment.FromEnvironment(env.Getenv))
	if err != nil {
		return err
	}
	target := here.LoadMatrix.Spec.Target
	if target.Process != nil {
		if err := opts.cluster.refuseHere(here); err != nil {
			return err
		}
	}
	if target.ScaleTargetRef == nil {
		if err := cleanupHere(ctx, here, env); err != nil || target.Process != nil {
			return err
		}
	}
	c, exp, err := opts.cluster.connectAsWritten(ctx, env, opts.file)
	if target.ScaleTargetRef == nil && errors.As(err, new(*kubeapi.NoKubeconfigError)) {
		return nil // its url can only have been loaded from here
	}
	if err != nil {
		return err
	}
	left := ""
	err = c.Cleanup(ctx, exp, cluster.CleanupOptions{
		DiscardResults: opts.discard,
		Unseen: func(kinds []string) {
			left = fmt.Sprintf(", but for the Lease of its target and what you may not list (%s), which whoever made it can delete by the label %s=%s",
				strings.Join(kinds, ", "), manifests.LabelExperiment, exp.LoadMatrix.Name)
		},
		Restore: func(ctx context.Context) (string, error) { return c.Restore(ctx, exp) },
		Tell:    func(text string) { _, _ = fmt.Fprintln(env.Stderr, text) },
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "nothing of experiment %s remains in namespace %s%s\n", exp.LoadMatrix.Name, c.Namespace, left)
	return err
}

// cleanupHere is for targets on this machine.
func cleanupHere(ctx context.Context, exp *experiment.Experiment, env *Env) error {
	p, err := newLocalPlatform(env, exp, env.TempDir, loadProcesses{})
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
