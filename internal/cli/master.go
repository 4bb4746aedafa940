package cli

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/swarm/master"
)

type masterOptions struct {
	file  string
	pprof pprofFlag
	master.Options
}

func (o *masterOptions) addFlags(flags *pflag.FlagSet, env *Env) {
	flags.StringVarP(&o.file, "locustfile", "f", env.Getenv("LOCUST_LOCUSTFILE"), "swarmfile `FILE` that names the user classes and weights; without it they are learned from the workers (LOCUST_LOCUSTFILE)")
	o.pprof.addFlag(flags)
	flags.StringVar(&o.WebHost, "web-host", orElse(env.Getenv("LOCUST_WEB_HOST"), "127.0.0.1"), "`ADDRESS` of the web API (LOCUST_WEB_HOST)")
	flags.IntVar(&o.WebPort, "web-port", 8089, "`PORT` of the web API (LOCUST_WEB_PORT)")
	flags.StringVar(&o.MasterBindHost, "master-bind-host", orElse(env.Getenv("LOCUST_MASTER_BIND_HOST"), "127.0.0.1"), "`ADDRESS` for workers; * for all (LOCUST_MASTER_BIND_HOST)")
	flags.IntVar(&o.MasterBindPort, "master-bind-port", 5557, "`PORT` for workers (LOCUST_MASTER_BIND_PORT)")
	flags.IntVar(&o.ExpectWorkers, "expect-workers", 0, "`N` workers will come; shown only (LOCUST_EXPECT_WORKERS)")
	flags.StringSliceVar(&o.AllowedHosts, "allowed-hosts", nil, "`NAMES` under which the web API may be asked, beside localhost and addresses; a page of any other name is refused (SWARMGRID_ALLOWED_HOSTS)")
	flags.BoolVar(&o.AllowGET, "allow-get", false, "accept GET on /stop and /stats/reset, as Locust before 2.47 does; any web page in a browser on this machine can then stop a load")
}

func newMasterCmd(env *Env) *cobra.Command {
	var opts masterOptions
	cmd := &cobra.Command{
		Use:   "master",
		Short: "Run a load master with Locust's wire protocol and web API",
		Long: `Run a load master that Go and Python workers may join, with Locust's web API and
the extra routes of docs/master-api.md. It listens on loopback unless told
otherwise, and has no authentication: bind it to other addresses only behind a
firewall. Requests for other names than localhost, addresses and --allowed-hosts
are refused, so that no web page reaches it through a browser (DNS rebinding).`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runMaster(cmd, &opts, env) },
	}
	opts.addFlags(cmd.Flags(), env)
	return cmd
}

func runMaster(cmd *cobra.Command, opts *masterOptions, env *Env) error {
	err := fromEnvironment(cmd.Flags(), env, map[string]string{
		"web-port": "LOCUST_WEB_PORT", "master-bind-port": "LOCUST_MASTER_BIND_PORT", "expect-workers": "LOCUST_EXPECT_WORKERS",
		"allowed-hosts": manifests.EnvAllowedHosts,
	})
	if err != nil {
		return err
	}
	if err := checkHosts(opts.AllowedHosts); err != nil {
		return err
	}
	if opts.file != "" {
		sf, err := experiment.LoadSwarmfile(opts.file)
		if err != nil {
			return err
		}
		opts.Classes = classWeights(sf)
	}
	if env.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(master.MemoryLimit)
	}
	opts.Version = Version
	opts.Logger = slog.New(slog.NewTextHandler(env.Stderr, nil))
	stop, err := opts.pprof.serve(env)
	if err != nil {
		return err
	}
	defer stop()
	m, err := master.New(opts.Options)
	if err != nil {
		return err
	}
	return m.Run(cmd.Context())
}

// checkHosts checks names as they are in a URL, without the port.
func checkHosts(names []string) error {
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, ":/*@ ") {
			return usageError{fmt.Errorf("--allowed-hosts has %q, must be bare host names, as in load.example", name)}
		}
	}
	return nil
}

// classWeights are the weights of the classes that get users: workers with the same file do
// not have the others.
func classWeights(sf *v1alpha1.Swarmfile) map[string]float64 {
	weights := map[string]float64{}
	for _, u := range sf.Spec.Users {
		if *u.Weight > 0 {
			weights[u.Name] = *u.Weight
		}
	}
	return weights
}

// fromEnvironment sets the number flags that were not given from their variables.
func fromEnvironment(flags *pflag.FlagSet, env *Env, variables map[string]string) error {
	for flag, name := range variables {
		value := env.Getenv(name)
		if value == "" || flags.Changed(flag) {
			continue
		}
		if err := flags.Set(flag, value); err != nil {
			return usageError{fmt.Errorf("%s is %q, must be a number", name, value)}
		}
	}
	return nil
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
