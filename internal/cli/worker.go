package cli

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/baseurl"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/swarm/worker"
)

type workerOptions struct {
	file    string
	builtin string
	pprof   pprofFlag
	worker.Options
}

func (o *workerOptions) addFlags(flags *pflag.FlagSet, env *Env) {
	flags.StringVarP(&o.file, "locustfile", "f", env.Getenv("LOCUST_LOCUSTFILE"), "swarmfile `FILE` (LOCUST_LOCUSTFILE)")
	o.pprof.addFlag(flags)
	flags.StringVar(&o.builtin, "builtin", "", "the built-in load `NAME` instead of a swarmfile: forecasting")
	flags.StringVar(&o.MasterHost, "master-host", orElse(env.Getenv("LOCUST_MASTER_NODE_HOST"), "127.0.0.1"), "the master's `ADDRESS` (LOCUST_MASTER_NODE_HOST)")
	flags.IntVar(&o.MasterPort, "master-port", 5557, "the master's `PORT` for workers (LOCUST_MASTER_NODE_PORT)")
	flags.StringVarP(&o.Host, "host", "H", env.Getenv("LOCUST_HOST"), "base `URL` of the target, unless the master names one (LOCUST_HOST)")
	flags.StringVar(&o.Name, "name", "", "`NAME` of this worker in reports, besides the host's")
	flags.Uint64Var(&o.Seed, "seed", 0, "number `N` that makes the users' choices repeatable; 0 draws one")
}

func newWorkerCmd(env *Env) *cobra.Command {
	var opts workerOptions
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run a load worker for a Go or Python Locust master",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runWorker(cmd, &opts, env) },
	}
	opts.addFlags(cmd.Flags(), env)
	return cmd
}

// swarmfile is what the users do. Which requests a target serves cannot be guessed, so a
// file must be named.
func (o *workerOptions) swarmfile(flags *pflag.FlagSet) (*v1alpha1.Swarmfile, error) {
	switch {
	case o.builtin != "" && flags.Changed("locustfile"):
		return nil, usageError{errors.New("--locustfile and --builtin both say what the users do; keep one")}
	case flags.Changed("builtin"):
		sf, err := experiment.BuiltinSwarmfile(o.builtin)
		if err != nil {
			return nil, usageError{fmt.Errorf("--builtin: %w", err)}
		}
		return sf, nil
	case o.file == "":
		return nil, usageError{errors.New("nothing says what the users do; name a swarmfile with -f, or give --builtin forecasting for the forecasting service")}
	}
	return experiment.LoadSwarmfile(o.file)
}

func runWorker(cmd *cobra.Command, opts *workerOptions, env *Env) error {
	if err := fromEnvironment(cmd.Flags(), env, map[string]string{"master-port": "LOCUST_MASTER_NODE_PORT"}); err != nil {
		return err
	}
	if opts.Host != "" {
		if _, err := baseurl.Parse(opts.Host); err != nil {
			name := "--host"
			if !cmd.Flags().Changed("host") {
				name = "LOCUST_HOST"
			}
			return usageError{fmt.Errorf("%s %w", name, err)}
		}
	}
	sf, err := opts.swarmfile(cmd.Flags())
	if err != nil {
		return err
	}
	opts.Program, err = httpuser.Compile(sf, httpuser.Options{LookupEnv: env.LookupEnv})
	if err != nil {
		return usageError{err}
	}
	opts.Logger = slog.New(slog.NewTextHandler(env.Stderr, nil))
	stop, err := opts.pprof.serve(env)
	if err != nil {
		return err
	}
	defer stop()
	w, err := worker.New(opts.Options)
	if err != nil {
		return usageError{err}
	}
	opts.Logger.Info("looking for the master", "host", opts.MasterHost, "port", opts.MasterPort)
	return w.Run(cmd.Context())
}
