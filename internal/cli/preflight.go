package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// tryTime bounds one request of a look at the target.
const tryTime = 10 * time.Second

// lookFlag is --try, which has a third state: not given.
type lookFlag struct{ look preflight.Look }

// inCluster is its help for commands that only look at a cluster.
const inCluster = "look at the target from a pod made for that if no worker is there; --try=false does not look (default: from a worker)"

func (o *lookFlag) addFlag(flags *pflag.FlagSet, h heading, help string) {
	under(flags, h, func(flags *pflag.FlagSet) {
		flags.Var(o, "try", help)
		flags.Lookup("try").NoOptDefVal = "true"
	})
}

// Set implements pflag.Value.
func (o *lookFlag) Set(text string) error {
	yes, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	o.look = preflight.LookNever
	if yes {
		o.look = preflight.LookWithPod
	}
	return nil
}

// String implements pflag.Value.
func (o *lookFlag) String() string { return "" }

// Type implements pflag.Value.
func (o *lookFlag) Type() string { return "bool" }

// inspector looks at a cluster, from outside or from the driver's pod.
type inspector func(context.Context, *experiment.Experiment, preflight.Options) (preflight.Findings, error)

// checkCluster looks for everything that would make the run fail later, all at once.
func checkCluster(ctx context.Context, env *Env, look inspector, exp *experiment.Experiment, opts preflight.Options) error {
	if exp.LoadMatrix.Spec.Target.ScaleTargetRef == nil {
		return nil // nothing in the cluster is changed
	}
	_, err := inspectCluster(ctx, env, look, exp, opts)
	return err
}

// inspectCluster prints its notes; its refusals are the error, too.
func inspectCluster(ctx context.Context, env *Env, look inspector, exp *experiment.Experiment, opts preflight.Options) (preflight.Findings, error) {
	program, complete, err := compileForWorkers(env, exp)
	if err != nil {
		return nil, usageError{err}
	}
	opts.Load.Client = httpuser.NewTryClient(tryTime)
	if program != nil {
		opts.Load.Authorized = program.Sends("Authorization")
		if complete {
			opts.Load.Try = program.Try
		}
	}
	found, err := look(ctx, exp, opts)
	for _, note := range found.Notes() {
		_, _ = fmt.Fprintf(env.Stderr, "note: %s\n", note)
	}
	return found, err
}

// compileForWorkers compiles a swarmfile with the variables that its workers will have;
// complete is false if some are not known here.
func compileForWorkers(env *Env, exp *experiment.Experiment) (program *httpuser.Program, complete bool, err error) {
	if exp.Swarmfile == nil {
		return nil, false, nil
	}
	complete = true
	lookup := func(name string) (string, bool) {
		value, ok := exp.LoadMatrix.Spec.Cluster.Worker.Env[name]
		if !ok {
			value, ok = env.LookupEnv(name)
		}
		complete = complete && ok
		return value, true
	}
	program, err = httpuser.Compile(exp.Swarmfile, httpuser.Options{LookupEnv: lookup})
	if err != nil {
		err = fmt.Errorf("%s: %w", exp.LoadName(), err)
	}
	return program, complete, err
}
