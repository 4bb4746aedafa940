package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/cluster/runs"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

type monitorOptions struct {
	file    string
	cluster clusterFlags
	json    bool
}

func newMonitorCmd(env *Env) *cobra.Command {
	var opts monitorOptions
	cmd := &cobra.Command{
		Use:   "monitor FILE",
		Short: "Show the progress of the run in the cluster until it ends",
		Long: `Show the progress of the newest run in the cluster as "swarmgrid run" shows it,
through restarts of the driver's pod, until the run ends, and then its answer.
It tells of pods that came and went, and of a driver that says nothing. A Job
that does not end with its run, since a container that was put beside the driver
lives on, is deleted; the results stay. Ctrl-C leaves the run alone. The file is
taken as it is written: of what deploy was given only names and addresses matter
here.

EXIT STATUS
  the run's own (see "swarmgrid run --help"); 1 when its driver could not say,
  or is kept from starting for three minutes by more than a lack of nodes`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.file = args[0]
			c, exp, err := opts.cluster.connectAsWritten(cmd.Context(), env, opts.file)
			if err != nil {
				return err
			}
			ending, ran := follow(cmd.Context(), env, c, exp, opts.json, opts.cluster.verbose)
			if ending != nil {
				journal, err := c.Runs(exp).Measured(cmd.Context(), ending.Run)
				conclude(env.Stderr, opts.file, journal, err)
			}
			return ran
		},
	}
	opts.cluster.addFlags(cmd.Flags())
	addEvents(cmd.Flags(), &opts.json)
	return cmd
}

// conclude says what was found, and where the rest is. Who may not read the results is
// told by results itself.
func conclude(w io.Writer, file string, journal *result.Run, err error) {
	if err == nil && journal == nil {
		return // why, has been said
	}
	if err == nil {
		if model, err := report.New(journal); err == nil {
			for _, a := range model.Answers() {
				_, _ = fmt.Fprintln(w, a.Long())
			}
			if model.Gate.Sentence != "" {
				_, _ = fmt.Fprintln(w, model.Gate.Sentence)
			}
		}
	}
	_, _ = fmt.Fprintf(w, "fetch the reports with `swarmgrid results %s`\n", file)
}

// follow shows a run until it ends. There is no ending where that was not seen.
func follow(ctx context.Context, env *Env, c *cluster.Cluster, exp *experiment.Experiment, asJSON bool, verbose verbosity) (*runs.Ending, error) {
	show := newProgress(env, asJSON, verbose > 0, exp.LoadMatrix.Spec.Cluster.Names.Job)
	ending, err := c.Runs(exp).Monitor(ctx, runs.MonitorOptions{
		Observe: both(show.observe, logEvents(verbose.logger(env))),
		Note:    func(text string) { _, _ = fmt.Fprintln(env.Stderr, text) },
	})
	show.close()
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(env.Stderr, "the run goes on in the cluster: `swarmgrid monitor FILE` shows it again, `swarmgrid results FILE` fetches what it has, `swarmgrid cleanup FILE` stops it")
	}
	if err != nil {
		return nil, err
	}
	if ending.Error != "" {
		_, _ = fmt.Fprintf(env.Stderr, "swarmgrid: run %s: %s\n", ending.Run, ending.Error)
	}
	if ending.Code != ExitOK {
		return ending, silentError{ending.Code}
	}
	return ending, nil
}
