package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/page"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

type reportOptions struct {
	slo   []string
	gate  string
	table tableFlag
}

// tableFlag says what is printed of a run.
type tableFlag struct{ endpoints bool }

func (f *tableFlag) addFlag(flags *pflag.FlagSet) {
	flags.BoolVar(&f.endpoints, "endpoints", false, "print every endpoint too, not only those that stand out")
}

// print writes the table.
func (f tableFlag) print(env *Env) func(io.Writer, *report.Model) error {
	return func(w io.Writer, m *report.Model) error {
		return report.Table(w, m, report.TableOptions{Width: env.StdoutWidth(), Endpoints: f.endpoints})
	}
}

func newReportCmd(env *Env) *cobra.Command {
	var opts reportOptions
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Make all reports of a run again from its directory",
		Long: `Make all reports of a run again from its journal, byte for byte, and print
the table. The exit code is that of the run: 3 when its SLO gate was missed, 1
when a scenario was not measured or, without an SLO, no request of any
succeeded, else 0.

With --slo the run is judged by other objectives, which take the place of all of
its own, and with --gate by another gate. An objective is a metric, for one task
"of" its name, and a bound: p50, p90, p95, p99, p99.9, mean and failures stay
below it, rps and efficiency above. The table and the files say so; the journal
is not changed, and "swarmgrid report DIR" alone makes the run's own reports
again.`,
		Example: `  swarmgrid report results/demo
  swarmgrid report results/demo --slo 'p95<200ms' --slo 'failures<1%'
  swarmgrid report results/demo --slo 'p95 of POST predict<300ms' --slo 'rps>50'`,
		Args: exactly("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			journal, err := readRun(args[0])
			if err != nil {
				return usageError{err}
			}
			tellTorn(env, args[0], journal)
			if journal, err = opts.judge(journal, cmd.Flags().Changed("gate")); err != nil {
				return err
			}
			err = writeReports(env, args[0], journal, opts.table.print(env))
			if journal.Judge != nil && reported(err) {
				_, _ = fmt.Fprintf(env.Stderr, "the reports in %s now judge by SLO %s, gate %s; `swarmgrid report %s` makes the run's own again\n",
					args[0], experiment.SLOText(journal.Judge.Objectives), journal.Judge.Gate, args[0])
			}
			return err
		},
	}
	cmd.Flags().StringArrayVar(&opts.slo, "slo", nil, "`OBJECTIVE` to judge by instead of the run's own, as in 'p95<200ms'; may be repeated")
	cmd.Flags().StringVar(&opts.gate, "gate", "", "`GATE` instead of the run's own: answer, all or off")
	opts.table.addFlag(cmd.Flags())
	return cmd
}

// reported tells whether writeReports wrote the files, whatever they say.
func reported(err error) bool { return err == nil || errors.As(err, new(silentError)) }

// tellTorn says that a crash cut off the journal's last line: that attempt is in no report.
func tellTorn(env *Env, dir string, journal *result.Run) {
	if journal.Torn > 0 {
		_, _ = fmt.Fprintf(env.Stderr, "the last line of %s was torn by a crash (%d bytes): that attempt is in no report; swarmgrid run --resume %s makes it again\n",
			filepath.Join(dir, rundir.JournalName), journal.Torn, dir)
	}
}

// judge applies the given objectives and gate to the run.
func (o *reportOptions) judge(journal *result.Run, gate bool) (*result.Run, error) {
	if len(o.slo) == 0 && !gate {
		return journal, nil
	}
	by := journal.Judged()
	var err error
	if len(o.slo) > 0 {
		if by.Objectives, err = experiment.ParseSLO(o.slo); err != nil {
			return nil, err
		}
		if err = knowEndpoints(journal, by.Objectives); err != nil {
			return nil, err
		}
	}
	if gate {
		if by.Gate, err = experiment.ParseGate(o.gate); err != nil {
			return nil, err
		}
	}
	return journal.JudgedBy(by), nil
}

// knowEndpoints refuses an objective for a task that was in no window.
func knowEndpoints(journal *result.Run, slo []v1alpha1.Objective) error {
	var known []string
	for _, r := range journal.Rows() {
		if r.Measured == nil {
			continue
		}
		for _, e := range r.Measured.Endpoints {
			known = append(known, e.Endpoint.String())
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, o := range slo {
		if o.Endpoint != "" && !slices.Contains(known, o.Endpoint) {
			return usageError{fmt.Errorf("--slo: the task %s", experiment.UnknownEndpoint(o.Endpoint, known))}
		}
	}
	return nil
}

// writeReports writes every file, prints the table, if print is not nil, and turns what
// was found into an exit code.
func writeReports(env *Env, dir string, journal *result.Run, print func(io.Writer, *report.Model) error) error {
	model, err := report.New(journal)
	if err != nil {
		return err
	}
	err = report.WriteFiles(dir, model, page.File(rundir.Experiment(dir)))
	if print != nil {
		// Print it all the more if the files could not be written.
		err = errors.Join(err, print(env.Stdout, model))
	}
	if err == nil && model.Exit != ExitOK {
		return silentError{model.Exit}
	}
	return err
}
