package cli

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

func newReportCmd(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "report DIR",
		Short: "Make all reports of a run again from its directory",
		Long: `Make all reports of a run again from its journal, byte for byte, and print the
table. The exit code is that of the run's SLO gate: 0, or 3 when it was missed.`,
		Args: exactly("DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			journal, err := run.ReadDir(args[0])
			if err != nil {
				return usageError{err}
			}
			return writeReports(env, args[0], journal, false)
		},
	}
}

// writeReports writes every file, prints the table unless quiet, and turns what
// was found into an exit code.
func writeReports(env *Env, dir string, journal *result.Run, quiet bool) error {
	model, err := report.New(journal)
	if err != nil {
		return err
	}
	err = report.WriteFiles(dir, model)
	if !quiet {
		// The more so when the files could not be written.
		err = errors.Join(err, report.Table(env.Stdout, model))
	}
	return cmp.Or(err, verdict(journal, model))
}

// verdict is the exit code of a finished run. A gate that was missed by what was
// measured says most; one that lacks data says less than the scenarios that could
// not be measured.
func verdict(journal *result.Run, model *report.Model) error {
	if model.Gate.Measured {
		return silentError{ExitGate}
	}
	for _, r := range journal.Rows() {
		if r.Status != result.Success {
			return silentError{ExitFailed}
		}
	}
	if model.Gate.Missed {
		return silentError{ExitGate}
	}
	return nil
}
