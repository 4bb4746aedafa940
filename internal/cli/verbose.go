package cli

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httplog"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// verbosity is how often -v was given: once for what is changed, waited for and decided,
// twice for every request and every second's figures, too.
type verbosity int

func (v *verbosity) addFlag(flags *pflag.FlagSet) {
	under(flags, forOutput, func(flags *pflag.FlagSet) {
		flags.VarP(v, "verbose", "v", "log on standard error what is changed, waited for and decided; -vv also every request")
		flags.Lookup("verbose").NoOptDefVal = "true"
	})
}

// String implements pflag.Value.
func (v *verbosity) String() string { return strconv.FormatBool(*v > 0) }

// Type implements pflag.Value: in the help it takes no value.
func (v *verbosity) Type() string { return "bool" }

// Set implements pflag.Value. Each time counts.
func (v *verbosity) Set(text string) error {
	on, err := strconv.ParseBool(text)
	switch {
	case err != nil:
		return err
	case on:
		*v++
	default:
		*v = 0
	}
	return nil
}

// fromVariable takes what a driver's pod has instead of flags; the louder of the two holds.
func (v *verbosity) fromVariable(env *Env) error {
	n, err := experiment.Verbosity(env.Getenv(experiment.EnvVerbose))
	if err != nil {
		return usageError{fmt.Errorf("%s %w", experiment.EnvVerbose, err)}
	}
	*v = max(*v, verbosity(n))
	return nil
}

// logger writes where the story is told.
func (v *verbosity) logger(env *Env) *slog.Logger {
	level := slog.LevelDebug
	switch *v {
	case 0:
		return slog.New(slog.DiscardHandler)
	case 1:
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: level}))
}

// loggedCluster puts a log over the connections to an API server.
func loggedCluster(log *slog.Logger) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper { return httplog.Over(next, log, "asked the cluster") }
}

// loggedClient makes clients of masters that tell log what they ask.
func loggedClient(log *slog.Logger) func(base, leaseHolder string) (*locust.Client, error) {
	return func(base, leaseHolder string) (*locust.Client, error) {
		client, err := locust.NewClient(base, leaseHolder)
		if err != nil {
			return nil, err
		}
		return client.Logged(log), nil
	}
}

// logEvents tells log what a run goes through.
func logEvents(log *slog.Logger) func(run.Event) {
	return func(e run.Event) {
		at := slog.Group("scenario")
		if e.Key != nil {
			at = slog.Group("scenario", "replicas", e.Key.Replicas, "workers", e.Key.Workers, "users", e.Key.Users, "round", e.Key.Round, "attempt", e.Attempt)
		}
		switch e.Type {
		case run.PhaseStarted:
			log.Info("phase begins", "phase", e.Phase, at)
		case run.Waiting:
			log.Info("waiting", "for", e.Message, "phase", e.Phase, at)
		case run.Sample:
			log.Debug("sample", "phase", e.Phase, "users", e.Live.Users, "workers", e.Live.Workers, "requests", e.Live.Requests, "failures", e.Live.Failures, at)
		case run.AttemptFinished:
			log.Info("attempt ended", "status", e.Record.Status, "reasons", e.Record.Reasons, "warnings", e.Record.Warnings, instrument(e.Record), at)
		case run.RunFinished:
			log.Info("run ended", "id", e.Run.ID, "interrupted", e.Run.Interrupted, "left", e.Run.Left)
		}
	}
}

// instrument is what the load generator itself was like in the window.
func instrument(rec *result.Record) slog.Attr {
	o := rec.Observed
	if rec.Measured == nil || o.Lag == nil {
		return slog.Attr{}
	}
	return slog.Group("generator", "cpu_mean", math.Round(o.CPUMean), "cpu_max", math.Round(o.CPUMax), "lag_p50_ms", o.Lag.P50, "lag_p99_ms", o.Lag.P99, "worker", o.Lag.Worker)
}
