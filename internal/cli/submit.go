package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

type submitOptions struct {
	verbOptions
	submission
}

// submission are the options of submit and all.
type submission struct {
	discard bool
	look    lookFlag
}

func (o *submission) addFlags(flags *pflag.FlagSet) {
	addDiscard(flags, &o.discard)
	o.look.addFlag(flags, forCluster, inCluster)
}

func addDiscard(flags *pflag.FlagSet, discard *bool) {
	under(flags, forCluster, func(flags *pflag.FlagSet) {
		flags.BoolVar(discard, "discard-results", false, "give up results in the cluster that were never downloaded")
	})
}

func newSubmitCmd(env *Env) *cobra.Command {
	var opts submitOptions
	cmd := &cobra.Command{
		Use:   "submit FILE",
		Short: "Start a run in the cluster, or its schedule",
		Long: `Start a run in the cluster: a Job whose pods measure what "swarmgrid run" would,
each going on where the last was stopped. With spec.schedule it is a CronJob.
Submit is refused while a run is active, and while there are results that were
never downloaded. The Job of a run that is over is deleted. What deploy was
given holds, and is said, unless a flag or a variable says otherwise. -v logs
what submit does; SWARMGRID_VERBOSE in spec.cluster.driver.env, "1" as -v or
"2" as -vv, what the driver does.`,
		Example: "  swarmgrid submit experiment.yaml && swarmgrid monitor experiment.yaml",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.file = args[0]
			c, exp, err := opts.connectDeployed(cmd.Context(), env)
			if err != nil {
				return err
			}
			_, err = submit(cmd.Context(), env, c, exp, opts.submission)
			return err
		},
	}
	opts.verbOptions.addFlags(cmd.Flags())
	opts.submission.addFlags(cmd.Flags())
	return cmd
}

func submit(ctx context.Context, env *Env, c *cluster.Cluster, exp *experiment.Experiment, opts submission) (*cluster.Submitted, error) {
	if err := refuseHidden(exp.LoadMatrix); err != nil {
		return nil, err
	}
	// The driver looks as well, but may not see nodes, and reports only once its pod runs.
	check := func(ctx context.Context) error {
		return checkCluster(ctx, env, c.Preflight, exp, preflight.Options{Submits: true, Look: opts.look.look})
	}
	done, err := c.Submit(ctx, exp, cluster.SubmitOptions{
		DiscardResults: opts.discard, Check: check, NoLook: opts.look.look == preflight.LookNever,
		Changed: func(change cluster.Change) { _, _ = fmt.Fprintln(env.Stderr, change) },
	})
	if err != nil {
		return nil, err
	}
	if done.Run == "" {
		_, _ = fmt.Fprintf(env.Stderr, "%s %s runs the matrix at %q\n", done.Kind, done.Name, exp.LoadMatrix.Spec.Schedule.Cron)
	} else {
		_, _ = fmt.Fprintf(env.Stderr, "submitted run %s\n", done.Run)
	}
	return done, nil
}
