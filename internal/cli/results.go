package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/cluster/runs"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

type resultsOptions struct {
	file     string
	cluster  clusterFlags
	run, out string
	list     bool
}

func newResultsCmd(env *Env) *cobra.Command {
	var opts resultsOptions
	cmd := &cobra.Command{
		Use:   "results FILE",
		Short: "Download a run's results from the cluster and make the reports",
		Long: `Download a run's results from the cluster into a directory like a local run's,
and make every report. It works during the run, after it, and after its pods are
gone. A run that has measured nothing is an error that says why, and names the
runs that did. The file is taken as it is written: of what deploy was given only
names and addresses matter here.

EXIT STATUS
  0  the results are there
  1  there are none, they could not be fetched, or the run has measured nothing,
     whose reports say why`,
		Example: "  swarmgrid results experiment.yaml --out results/nightly",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.file = args[0]
			c, exp, err := opts.cluster.connectAsWritten(cmd.Context(), env, opts.file)
			if err != nil {
				return err
			}
			if opts.list {
				return listResults(cmd.Context(), env, c, exp)
			}
			return results(cmd.Context(), env, c, exp, opts.run, opts.out)
		},
	}
	opts.addFlags(cmd.Flags())
	cmd.MarkFlagsMutuallyExclusive("list", "run")
	cmd.MarkFlagsMutuallyExclusive("list", "out")
	return cmd
}

func (o *resultsOptions) addFlags(flags *pflag.FlagSet) {
	o.cluster.addFlags(flags)
	under(flags, forCluster, func(flags *pflag.FlagSet) {
		flags.StringVar(&o.run, "run", "", "`ID` of the run (default: the newest)")
		flags.BoolVar(&o.list, "list", false, "only list the runs that are kept in the cluster")
	})
	under(flags, forOutput, func(flags *pflag.FlagSet) {
		flags.StringVar(&o.out, "out", "", "`DIR` of the run, new, empty, or with this very run (default results/<run id>)")
	})
}

// results downloads, makes the reports, and only then lets the cluster delete anything.
func results(ctx context.Context, env *Env, c *cluster.Cluster, exp *experiment.Experiment, id, out string) error {
	d, err := c.Runs(exp).Results(ctx, id, out)
	if err != nil {
		return asUsage(err)
	}
	// A missed gate is monitor's exit code; here it is no failure.
	if err := writeReports(env, d.Dir, d.Journal, tableOf(env, d)); err != nil && !errors.As(err, &silentError{}) {
		return err
	}
	if err := c.Runs(exp).MarkDownloaded(ctx, d); err != nil {
		return err
	}
	if d.Without != "" {
		_, _ = fmt.Fprintf(env.Stderr, "without experiment.json and the load's file: %s\n", d.Without)
	}
	if claim := exp.LoadMatrix.Spec.Cluster.ResultsClaim; claim != "" && hasSlices(d.Journal) {
		_, _ = fmt.Fprintf(env.Stderr, "the histograms stay on volume claim %s, in its folder %s\n", claim, d.Run)
	}
	_, _ = fmt.Fprintf(env.Stderr, "results of run %s%s are in %s\n", d.Run, soFar(d), d.Dir)
	return refuseUnmeasured(d)
}

// tableOf prints the table, which says so where the run goes on.
func tableOf(env *Env, d *runs.Downloaded) func(io.Writer, *report.Model) error {
	return func(w io.Writer, m *report.Model) error {
		return report.Table(w, m, report.TableOptions{Width: env.StdoutWidth(), GoesOn: d.GoesOn})
	}
}

func soFar(d *runs.Downloaded) string {
	if d.GoesOn {
		return " so far"
	}
	return ""
}

// refuseUnmeasured ends with an error where there are reports and no figure in them.
func refuseUnmeasured(d *runs.Downloaded) error {
	if d.Journal.Measures() {
		return nil
	}
	if d.GoesOn {
		return fmt.Errorf("run %s has measured nothing yet; `swarmgrid monitor FILE` shows its progress", d.Run)
	}
	return fmt.Errorf("run %s has measured nothing; the notes of its reports say why", d.Run)
}

func hasSlices(journal *result.Run) bool {
	return slices.ContainsFunc(journal.Records, func(r result.Record) bool { return r.Slices != "" })
}

func listResults(ctx context.Context, env *Env, c *cluster.Cluster, exp *experiment.Experiment) error {
	kept, err := c.Runs(exp).Kept(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RUN\tBEGUN\tATTEMPTS\tDOWNLOADED")
	for _, s := range kept {
		if s.Damage != nil {
			_, _ = fmt.Fprintln(env.Stderr, s.Damage)
			continue
		}
		downloaded := "yes"
		switch {
		case s.Wanted():
			downloaded = "no"
		case !s.Fetched():
			downloaded = "no, and nothing was measured"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", s.Run, s.Created.Format("2006-01-02 15:04:05"), s.Records, downloaded)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	none, err := c.Runs(exp).NewestWithout(ctx, kept)
	if errors.As(err, new(*runs.OtherRunError)) {
		return err
	}
	if err == nil && none != nil {
		_, _ = fmt.Fprintln(env.Stderr, none)
	}
	return nil
}
