package cli

import (
	"context"
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// checkCluster looks for everything that would make the run fail later, all at once.
func checkCluster(ctx context.Context, env *Env, c *cluster.Cluster, exp *spec.Experiment, opts cluster.PreflightOptions) error {
	if exp.LoadMatrix.Spec.Target.ScaleTargetRef == nil {
		return nil // nothing of the cluster's is changed
	}
	program, complete, err := compileForWorkers(env, exp)
	if err != nil {
		return usageError{err}
	}
	var noted []string
	if program != nil && complete {
		opts.Try = program.Try
	} else if program != nil {
		noted = append(noted, "whether the target answers the load's requests: they need variables that only the workers have")
	}
	unchecked, err := c.Preflight(ctx, exp, opts)
	if opts.Inside {
		return err // a driver may not look at nodes and logs; the person who deploys may
	}
	for _, u := range append(noted, unchecked...) {
		_, _ = fmt.Fprintf(env.Stderr, "not checked: %s\n", u)
	}
	return err
}

// compileForWorkers compiles a swarmfile with the variables that its workers will
// have; complete is false when some are not known here.
func compileForWorkers(env *Env, exp *spec.Experiment) (program *httpuser.Program, complete bool, err error) {
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
		err = fmt.Errorf("%s: %w", orElse(exp.LoadPath, "built-in swarmfile"), err)
	}
	return program, complete, err
}
