package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

type allOptions struct {
	deployOptions
	submission
	json bool
	out  string
}

func newAllCmd(env *Env) *cobra.Command {
	var opts allOptions
	cmd := &cobra.Command{
		Use:   "all FILE",
		Short: "Deploy, submit, monitor and fetch the results",
		Long: `Deploy, submit, monitor and fetch the results, in this order. What is deployed
stays, and what overrides the file is recorded as by deploy; "swarmgrid cleanup
FILE" removes it.

EXIT STATUS
  the run's own (see "swarmgrid run --help"); the results are fetched anyway`,
		Example: "  swarmgrid all experiment.yaml --preset smoke",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.file = args[0]
			c, exp, err := opts.connect(cmd.Context(), env)
			if err != nil {
				return err
			}
			if exp.LoadMatrix.Spec.Schedule != nil {
				return usageError{errors.New("spec.schedule makes runs that nobody waits for; use deploy and submit, and later results")}
			}
			return runAll(cmd.Context(), env, &opts, c, exp)
		},
	}
	opts.verbOptions.addFlags(cmd.Flags())
	opts.submission.addFlags(cmd.Flags())
	addTimeout(cmd.Flags(), &opts.timeout)
	addOut(cmd.Flags(), &opts.out)
	addEvents(cmd.Flags(), &opts.json)
	return cmd
}

func runAll(ctx context.Context, env *Env, opts *allOptions, c *cluster.Cluster, exp *experiment.Experiment) error {
	if opts.out != "" {
		if err := rundir.Free(opts.out); err != nil { // an hour later would be late
			return asUsage(err)
		}
	}
	if err := deploy(ctx, env, c, exp, &opts.deployOptions); err != nil {
		return err
	}
	submitted, err := submit(ctx, env, c, exp, opts.submission)
	if err != nil {
		return err
	}
	_, ran := follow(ctx, env, c, exp, opts.json, opts.cluster.verbose)
	if ctx.Err() != nil {
		return ran
	}
	return errors.Join(ran, results(ctx, env, c, exp, submitted.Run, opts.out))
}
