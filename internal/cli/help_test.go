package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand are all that a person may see.
func everyCommand(t *testing.T) []*cobra.Command {
	t.Helper()
	root := newRootCmd(&Env{Getenv: func(string) string { return "" }})
	root.InitDefaultHelpCmd()
	root.InitDefaultVersionFlag()
	commands := []*cobra.Command{root}
	for _, c := range root.Commands() {
		if !c.Hidden {
			commands = append(commands, c)
		}
	}
	return commands
}

// TestFlags: a command has the flags that it uses, in the order of its help.
func TestFlags(t *testing.T) {
	const (
		request    = " request header data think request-timeout expect"
		experiment = " preset replicas workers users duration max-duration settle cooldown attempts answer budget max-time spawn-rate engine load url master-url slo"
		access     = " kubeconfig context namespace"
	)
	want := map[string]string{
		"swarmgrid":  " version",
		"init":       " process deployment look" + access + " verbose dir",
		"plan":       request + experiment + " try python" + access + " cluster verbose json",
		"run":        request + " yes save" + experiment + " resume python try" + access + " verbose endpoints out json",
		"report":     " slo gate endpoints",
		"deploy":     experiment + access + " timeout verbose",
		"submit":     experiment + access + " discard-results try verbose",
		"monitor":    access + " verbose json",
		"results":    access + " run list verbose out",
		"all":        experiment + access + " discard-results try timeout verbose out json",
		"cleanup":    access + " discard-results verbose",
		"manifests":  experiment + " namespace for",
		"master":     " locustfile web-host web-port master-bind-host master-bind-port expect-workers allowed-hosts allow-get",
		"worker":     " locustfile builtin master-host master-port host name seed",
		"version":    " json",
		"view":       " listen allowed-hosts",
		"completion": "",
		"help":       "",
	}
	got := map[string]string{}
	for _, c := range everyCommand(t) {
		names := ""
		for _, h := range headings() {
			c.LocalFlags().VisitAll(func(f *pflag.Flag) {
				if !f.Hidden && headingOf(f) == h {
					names += " " + f.Name
				}
			})
		}
		got[c.Name()] = names
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestHeadings: where some flags of a command stand under a heading, all do.
func TestHeadings(t *testing.T) {
	for _, c := range everyCommand(t) {
		without, with := "", false
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			switch {
			case f.Hidden:
			case headingOf(f) == forAnything:
				without += " --" + f.Name
			default:
				with = true
			}
		})
		if with && without != "" {
			t.Errorf("%s: under no heading:%s", c.Name(), without)
		}
	}
}

// TestHelpWidth: no line of a help text wraps on a terminal of 80 columns.
func TestHelpWidth(t *testing.T) {
	for _, c := range everyCommand(t) {
		for line := range strings.Lines(c.Long + "\n\n" + c.UsageString()) {
			if line = strings.TrimSuffix(line, "\n"); len([]rune(line)) > helpWidth {
				t.Errorf("%s: %d columns: %s", c.Name(), len([]rune(line)), line)
			}
		}
	}
}

// TestValueNames: a flag says what its value is, not its type in the program.
func TestValueNames(t *testing.T) {
	for _, c := range everyCommand(t) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if name, _ := pflag.UnquoteUsage(f); name != strings.ToUpper(name) {
				t.Errorf("%s --%s: its value is called %q", c.Name(), f.Name, name)
			}
		})
	}
}
