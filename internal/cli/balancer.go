package cli

import (
	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
)

// newBalancerCmd is the process that platform/local puts in front of the target.
func newBalancerCmd(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:    "balancer",
		Short:  "Balance connections over backends named on standard input (used by run)",
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return balancer.Run(cmd.Context(), env.Stdin, env.Stdout)
		},
	}
}
