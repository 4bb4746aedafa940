package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

type deployOptions struct {
	verbOptions
	timeout time.Duration
}

func (o *deployOptions) addFlags(flags *pflag.FlagSet) {
	o.verbOptions.addFlags(flags)
	addTimeout(flags, &o.timeout)
}

func addTimeout(flags *pflag.FlagSet, timeout *time.Duration) {
	under(flags, forCluster, func(flags *pflag.FlagSet) {
		flags.DurationVar(timeout, "timeout", 5*time.Minute, "`TIME` to wait for the workers to register")
	})
}

func newDeployCmd(env *Env) *cobra.Command {
	var opts deployOptions
	cmd := &cobra.Command{
		Use:   "deploy FILE",
		Short: "Bring the load and what its driver needs into the cluster",
		Long: `Bring the load and what its driver needs into the cluster: the load's file, for
Python Locust with the modules beside it that it imports and with load.files;
master and workers, the driver's rights, and the objects that a run writes to.
It says what changed, and is done when the workers are registered with the
master. Doing it twice changes nothing. The target is not touched.

Flags and variables that override the file are recorded in the cluster, for plan
--cluster, submit and run: they need not be given again. The next deploy records
its own in their place, none if it has none.`,
		Example: "  swarmgrid deploy experiment.yaml -n load --workers 1 --users 10",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.file = args[0]
			c, exp, err := opts.connect(cmd.Context(), env)
			if err != nil {
				return err
			}
			return deploy(cmd.Context(), env, c, exp, &opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func deploy(ctx context.Context, env *Env, c *cluster.Cluster, exp *experiment.Experiment, opts *deployOptions) error {
	if err := refuseHidden(exp.LoadMatrix); err != nil {
		return err
	}
	if text := exp.NeighboursText(); text != "" {
		_, _ = fmt.Fprintf(env.Stderr, "beside the locustfile: %s\n", text)
	}
	counts, left := map[string]int{}, leftovers{}
	err := c.Deploy(ctx, exp, cluster.DeployOptions{
		Timeout: opts.timeout,
		Changed: func(change cluster.Change) {
			counts[change.What]++
			left.see(change)
			if change.What != "unchanged" {
				_, _ = fmt.Fprintln(env.Stderr, change)
			}
		},
		Waiting: func(what string) { _, _ = fmt.Fprintln(env.Stderr, what) },
		Note:    func(what string) { _, _ = fmt.Fprintln(env.Stderr, what) },
	})
	if err != nil {
		_, _ = fmt.Fprint(env.Stderr, left.told(opts.file))
		return err
	}
	_, _ = fmt.Fprintf(env.Stderr, "deployed to namespace %s: %d created, %d changed, %d deleted, %d unchanged\n",
		c.Namespace, counts["created"], counts["changed"], counts["deleted"], counts["unchanged"])
	return nil
}

// leftovers are the objects that a deploy which did not get to its end leaves.
type leftovers map[cluster.Change]bool

func (l leftovers) see(change cluster.Change) {
	gone := change.What == "deleted"
	change.What = ""
	if gone {
		delete(l, change)
		return
	}
	l[change] = true
}

// told are the ways on; empty where nothing is left.
func (l leftovers) told(file string) string {
	if len(l) == 0 {
		return ""
	}
	return fmt.Sprintf("what is deployed so far stays (%s): `swarmgrid deploy %s` goes on with it, `swarmgrid cleanup %s` removes it\n",
		matrix.Count(len(l), "object"), file, file)
}
