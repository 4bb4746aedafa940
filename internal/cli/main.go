package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// The exit codes, which are part of the interface (docs/cli.md).
const (
	ExitOK = 0
	// ExitFailed: the run, or a scenario of it, could not be measured; or there is no SLO,
	// and every request failed.
	ExitFailed = analysis.ExitUnmeasured
	// ExitUsage: wrong arguments or a wrong file.
	ExitUsage = 2
	// ExitGate: measured, and the SLO's gate was missed.
	ExitGate = analysis.ExitMissed
	// ExitClose: nothing was missed, and what the gate needs is too close to call, or a limit
	// ended the run.
	ExitClose = analysis.ExitClose
	// ExitInterrupted: stopped by SIGINT, SIGTERM or SIGHUP; what was measured is kept.
	ExitInterrupted = 130
)

// usageError is a mistake in the arguments.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// silentError sets the exit code when everything has been said already.
type silentError struct{ code int }

func (e silentError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// Main runs the program and returns its exit code.
func Main(process *Env) int {
	ctx, stop := withInterrupts(context.Background(), process)
	defer stop()
	out := newOutlet()
	env := *process
	env.Stdout, env.Stderr = visible{out.through(process.Stdout)}, visible{out.through(process.Stderr)}
	code := execute(ctx, &env)
	limit := time.Duration(0)
	if ctx.Err() != nil {
		limit = lastWordTime
	}
	if err := out.close(limit); err != nil && code == ExitOK {
		_, _ = fmt.Fprintf(process.Stderr, "swarmgrid: %v\n", err)
		return ExitFailed
	}
	return code
}

// lastWordTime is how long an interrupted program waits for its output to be read.
const lastWordTime = 2 * time.Second

func execute(ctx context.Context, env *Env) int {
	root := newRootCmd(env)
	root.SetArgs(env.Args)
	err := helpOfNothing(root, env.Args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	code := exitCode(ctx, err)
	if untold := unlessSilent(err); untold != nil {
		tell(env, root, untold, code)
	}
	return code
}

// helpOfNothing refuses help on a command that does not exist: cobra would give the general help.
func helpOfNothing(root *cobra.Command, args []string) error {
	about, rest, err := root.Find(args)
	if err != nil || about != root || !slices.Contains(rest, "--help") && !slices.Contains(rest, "-h") {
		return nil
	}
	return noArgs(root, slices.DeleteFunc(slices.Clone(rest), func(arg string) bool { return strings.HasPrefix(arg, "-") }))
}

// unlessSilent is err without the parts that only carry an exit code; nil if there is
// nothing else.
func unlessSilent(err error) error {
	if !errors.As(err, &silentError{}) {
		return err
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var loud []error
		for _, part := range joined.Unwrap() {
			loud = append(loud, unlessSilent(part))
		}
		return errors.Join(loud...)
	}
	return nil
}

func exitCode(ctx context.Context, err error) int {
	var usage usageError
	var wrongSpec *experiment.Error
	var silent silentError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &silent):
		return silent.code
	case errors.As(err, &usage), errors.As(err, &wrongSpec), errors.As(err, new(*manifests.InvalidError)):
		return ExitUsage
	case ctx.Err() != nil:
		return ExitInterrupted
	}
	return ExitFailed
}

// tell prints the final message, as JSON if JSON was asked for.
func tell(env *Env, root *cobra.Command, err error, code int) {
	// Only an interrupt cancels.
	message := strings.ReplaceAll(err.Error(), context.Canceled.Error(), "interrupted")
	if asJSON(root) {
		line, _ := json.Marshal(map[string]any{"type": "error", "message": message, "exit_code": code})
		_, _ = fmt.Fprintf(env.Stdout, "%s\n", line)
	}
	_, _ = fmt.Fprintf(env.Stderr, "swarmgrid: %s\n", message)
}

// asJSON tells whether the command that ran was given --json.
func asJSON(root *cobra.Command) bool {
	for _, c := range root.Commands() {
		if f := c.Flags().Lookup("json"); f != nil && f.Changed && f.Value.String() == "true" {
			return true
		}
	}
	return false
}

func newRootCmd(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "swarmgrid",
		Short: "How many replicas do I need, for this load, within this latency?",
		Long: `Swarmgrid measures a service at every combination of replicas, load workers and
users, scaling it itself, and says how many replicas to run.

Start with "swarmgrid run URL" for a first answer, or with "swarmgrid init",
which writes the files of an experiment. "swarmgrid plan FILE" shows what would
be measured and how long it takes, and "swarmgrid run FILE" does it.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       Version,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		PersistentPreRun: func(cmd *cobra.Command, args []string) { nameFile(env, cmd, args) },
	}
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetVersionTemplate("swarmgrid {{.Version}}\n")
	root.Flags().Bool("version", false, "print the version") // without cobra's -v, which is a command's --verbose
	root.SetFlagErrorFunc(wrongFlag)
	root.CompletionOptions.DisableDefaultCmd = true // our completion command has one page
	addCommands(root, env)
	return root
}

func addCommands(root *cobra.Command, env *Env) {
	help := newHelpCmd()
	root.SetHelpCommand(help)
	groups := commandGroups(env, help)
	for _, g := range groups {
		root.AddCommand(g.commands...)
	}
	root.AddCommand(newBalancerCmd(env), newTryCmd(env))
	for _, c := range root.Commands() {
		c.Flags().SortFlags = false // what belongs together is declared together
		addCompletions(c)
	}
	root.SetUsageFunc(usage(groups))
}

// commandGroups are all commands for people, in the order of the help.
func commandGroups(env *Env, help *cobra.Command) []group {
	return []group{
		{"Measure", []*cobra.Command{newInitCmd(env), newPlanCmd(env), newRunCmd(env), newReportCmd(env), newViewCmd(env)}},
		{"In a cluster", []*cobra.Command{
			newDeployCmd(env), newSubmitCmd(env), newMonitorCmd(env), newResultsCmd(env), newAllCmd(env),
			newCleanupCmd(env), newManifestsCmd(env),
		}},
		{"Load generator", []*cobra.Command{newMasterCmd(env), newWorkerCmd(env)}},
		{"Other", []*cobra.Command{newVersionCmd(env), newCompletionCmd(env), help}},
	}
}

// noArgs and exactly are cobra's checks with our exit code and next step.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		what, meant := "argument", ""
		if !cmd.HasParent() {
			what, meant = "command", didYouMean("", args[0], commandNames(cmd))
		}
		return usageError{fmt.Errorf("unknown %s %q%s; see `%s --help`", what, args[0], meant, cmd.CommandPath())}
	}
	return nil
}

func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		got := "got " + matrix.Count(len(args), "argument")
		switch {
		case len(args) == len(names):
			return nil
		case len(args) > len(names):
			got = oneTooMany(cmd, args, len(names))
		}
		return usageError{fmt.Errorf("%s takes %s, %s; see `%s --help`", cmd.CommandPath(), strings.Join(names, " "), got, cmd.CommandPath())}
	}
}
