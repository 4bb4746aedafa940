package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

type tryOptions struct {
	file, host string
	idle       time.Duration
}

// newTryCmd is what the look at the target runs in a worker's pod.
func newTryCmd(env *Env) *cobra.Command {
	var opts tryOptions
	cmd := &cobra.Command{
		Use:    "try",
		Short:  "Send one of each request and say in JSON what is wrong (used by plan and submit)",
		Hidden: true,
		Args:   noArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return runTry(cmd.Context(), &opts, env) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&opts.file, "locustfile", "f", env.Getenv("LOCUST_LOCUSTFILE"), "swarmfile `FILE`; - reads standard input (LOCUST_LOCUSTFILE)")
	flags.StringVarP(&opts.host, "host", "H", env.Getenv("LOCUST_HOST"), "base `URL` of the target (LOCUST_HOST)")
	flags.DurationVar(&opts.idle, "idle", 0, "send nothing for this `TIME`, so that others can run it beside")
	return cmd
}

func runTry(ctx context.Context, opts *tryOptions, env *Env) error {
	if opts.idle > 0 {
		timer := time.NewTimer(opts.idle)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		return nil
	}
	said := preflight.Tried{Tried: true}
	if err := tryOnce(ctx, opts, env); err != nil {
		said.Error = err.Error()
	}
	return json.NewEncoder(env.Stdout).Encode(said)
}

// tryOnce uses this process's variables, as a worker in this pod would.
func tryOnce(ctx context.Context, opts *tryOptions, env *Env) error {
	program, err := compileTry(opts, env)
	if err != nil {
		return err
	}
	return program.Try(ctx, httpuser.NewTryClient(tryTime), opts.host)
}

// maxSwarmfile is more than fits into a ConfigMap.
const maxSwarmfile = 2 << 20

func compileTry(opts *tryOptions, env *Env) (*httpuser.Program, error) {
	if opts.file != "-" {
		sf, err := experiment.LoadSwarmfile(opts.file)
		if err != nil {
			return nil, err
		}
		return httpuser.Compile(sf, httpuser.Options{LookupEnv: env.LookupEnv})
	}
	text, err := io.ReadAll(io.LimitReader(env.Stdin, maxSwarmfile))
	if err != nil {
		return nil, fmt.Errorf("reading swarmfile: %w", err)
	}
	sf, err := experiment.DecodeSwarmfile("swarmfile", text)
	if err != nil {
		return nil, err
	}
	return httpuser.Compile(sf, httpuser.Options{LookupEnv: env.LookupEnv})
}
