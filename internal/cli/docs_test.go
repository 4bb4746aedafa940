package cli

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write docs/cli.md again")

// TestReference keeps docs/cli.md equal to the programs' help.
func TestReference(t *testing.T) {
	const path = "../../docs/cli.md"
	got := reference()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/cli.md differs from the help; run `make generate` (-file +help):\n%s", diff)
	}
}

func reference() []byte {
	var b bytes.Buffer
	b.WriteString(`# Command line

<!-- Written by "make generate" from the help texts. -->

Results go to standard output, the story to standard error. A first Ctrl-C,
SIGTERM or SIGHUP ends a command in good order, a second Ctrl-C or SIGTERM at once. A
hang-up that is ignored (nohup) stays ignored. A reader of the output that goes away, or
does not read, changes nothing of what is done, and nothing of the exit code.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | the run, or a scenario of it, could not be measured; without an SLO also when every request of every scenario failed |
| 2 | wrong arguments or a wrong file |
| 3 | the SLO's gate was missed |
| 5 | nothing was missed, but what the gate needs is too close to call: a longer window may tell; or a limit (--budget, --max-time) ended the run |
| 130 | interrupted |

Settings come from flags, else from the environment, else from the experiment
file, else from the defaults. In the environment a bare number of seconds is a
duration; a flag and the file need a unit.

`)
	env := &Env{Getenv: func(string) string { return "" }}
	root := newRootCmd(env) // its commands have their full names
	root.InitDefaultVersionFlag()
	fmt.Fprintf(&b, "```text\n%s```\n", root.UsageString())
	for _, g := range commandGroups(env, newHelpCmd()) {
		fmt.Fprintf(&b, "\n## %s\n", g.title)
		for _, cmd := range g.commands {
			found, _, err := root.Find([]string{cmd.Name()})
			if err != nil {
				panic(err)
			}
			section(&b, found)
		}
	}
	return b.Bytes()
}

func section(b *bytes.Buffer, cmd *cobra.Command) {
	fmt.Fprintf(b, "\n### %s\n\n```text\n%s\n\n%s```\n", cmd.CommandPath(), orElse(cmd.Long, cmd.Short), cmd.UsageString())
}
