package look

import (
	"context"
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/platform/local"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// Subject is what a run on this machine would use.
type Subject struct {
	Experiment *experiment.Experiment
	// Target is what each replica is; nil for a target that runs already.
	Target *local.Workload
	// LookupEnv reads the variables that the load's workers will have.
	LookupEnv func(name string) (string, bool)
	// Python is the interpreter to run Locust with, by name or path.
	Python string
	// NoImport skips importing a locustfile, which runs the user's code.
	NoImport bool
}

// Checked is what the checks found and made.
type Checked struct {
	preflight.Findings
	// Program is the compiled swarmfile; nil for another load, or one with mistakes.
	Program *httpuser.Program
	// Python is the path of a Python that has Locust; empty where none is needed or found.
	Python string
	// Startable says that the target could be started.
	Startable bool
}

// Check finds what is wrong with the programs and files that the run names.
func Check(ctx context.Context, s Subject) Checked {
	var c Checked
	c.target(s.Target)
	c.Startable = len(c.Findings) == 0
	c.swarmfile(s)
	load := s.Experiment.LoadMatrix.Spec.Load
	if load.Engine == v1alpha1.EngineLocust && load.MasterURL == "" {
		c.locust(ctx, s)
	}
	return c
}

func (c *Checked) refuse(object, next, format string, args ...any) {
	c.Findings = append(c.Findings, preflight.Finding{
		Refusal: true, Object: object, Next: next, Text: object + ": " + fmt.Sprintf(format, args...),
	})
}

const commandField = "spec.target.process.command"

func (c *Checked) target(w *local.Workload) {
	if w == nil {
		return
	}
	if err := w.Find(); err != nil {
		c.refuse(commandField, "build or install it, or give its path", "%v", err)
	}
	if !w.HasPort() {
		c.refuse(commandField, "add it, as in [..., --port, \"{{port}}\"], or to a value of process.env",
			"needs {{port}}, the port that a replica has to listen on, somewhere in %q", w.Command)
	}
}

func (c *Checked) swarmfile(s Subject) {
	if s.Experiment.Swarmfile == nil {
		return
	}
	program, err := httpuser.Compile(s.Experiment.Swarmfile, httpuser.Options{LookupEnv: s.LookupEnv})
	if err == nil {
		c.Program = program
		return
	}
	name := s.Experiment.LoadName()
	for line := range strings.SplitSeq(strings.TrimPrefix(err.Error(), "compiling swarmfile: "), "\n") {
		next := ""
		if strings.Contains(line, "is not set") {
			next = "export it before plan and run"
		}
		c.refuse(name, next, "%s", line)
	}
}
