package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is a part of the list of commands.
type group struct {
	title    string
	commands []*cobra.Command
}

// heading is a heading for some of a command's flags in its help.
type heading string

// The headings, in the order of the help.
const (
	forExperiment heading = "Experiment (beats the file and the environment)"
	forURL        heading = "With a URL (as curl's, unless the description says otherwise)"
	forRun        heading = "Run"
	forLook       heading = "Look at the target"
	forCluster    heading = "In a cluster"
	forOutput     heading = "Output"
	forAnything   heading = "Flags"
)

func headings() []heading {
	return []heading{forURL, forExperiment, forRun, forLook, forCluster, forOutput, forAnything}
}

// headingKey is the annotation that holds a flag's heading.
const headingKey = "heading"

// under declares flags that appear under a heading. A command with few flags needs none.
func under(flags *pflag.FlagSet, h heading, declare func(*pflag.FlagSet)) {
	part := pflag.NewFlagSet(string(h), pflag.ContinueOnError)
	part.SortFlags = false
	declare(part)
	part.VisitAll(func(f *pflag.Flag) {
		if f.Annotations == nil {
			f.Annotations = map[string][]string{}
		}
		f.Annotations[headingKey] = []string{string(h)}
		flags.AddFlag(f)
	})
}

func headingOf(f *pflag.Flag) heading {
	if h := f.Annotations[headingKey]; len(h) == 1 {
		return heading(h[0])
	}
	return forAnything
}

// helpWidth is the width of the narrowest usual terminal, and of docs/cli.md.
const helpWidth = 80

// usage writes what follows a command's description in its help.
func usage(groups []group) func(*cobra.Command) error {
	return func(cmd *cobra.Command) error {
		_, err := fmt.Fprint(cmd.OutOrStdout(), usageText(cmd, groups))
		return err
	}
}

func usageText(cmd *cobra.Command, groups []group) string {
	var b strings.Builder
	use := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		use = cmd.CommandPath() + " COMMAND [flags]"
	}
	fmt.Fprintf(&b, "Usage:\n  %s\n", use)
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if !cmd.HasParent() {
		writeCommands(&b, groups)
	} else if cmd.HasAvailableSubCommands() {
		writeCommands(&b, []group{{"Commands", cmd.Commands()}})
	}
	for _, h := range headings() {
		if text := flagsUnder(cmd, h); text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s", h, text)
		}
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\"%s COMMAND --help\" describes one command.\n", cmd.CommandPath())
	}
	return b.String()
}

func writeCommands(b *strings.Builder, groups []group) {
	for _, g := range groups {
		fmt.Fprintf(b, "\n%s:\n", g.title)
		for _, c := range g.commands {
			if !c.Hidden {
				fmt.Fprintf(b, "  %-11s %s\n", c.Name(), c.Short)
			}
		}
	}
}

// flagsUnder leaves out --help, which the reader has found already.
func flagsUnder(cmd *cobra.Command, h heading) string {
	part := pflag.NewFlagSet(string(h), pflag.ContinueOnError)
	part.SortFlags = false
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && headingOf(f) == h {
			part.AddFlag(f)
		}
	})
	return part.FlagUsagesWrapped(helpWidth)
}

func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND]",
		Short:             "Describe a command and its flags",
		ValidArgsFunction: completeCommands,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if err := noArgs(about, rest); err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

func completeCommands(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return beginning(typed, commandNames(cmd.Root())), cobra.ShellCompDirectiveNoFileComp
}

// commandNames are the names of the commands for people.
func commandNames(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}
