package inferencesim

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// usage is the help text: the flags' specification, in the order in which one
// needs them.
const usage = `Usage: inference-sim [flags]

A simulated inference service: POST /predict, GET /healthz, GET /metrics.

  --listen ADDRESS        host:port to listen on (default 127.0.0.1:8000)
  --profile flts          the published baseline of the forecasting service;
                          flags given beside it win
  --discipline NAME       fifo: parallel servers, one queue (default)
                          ps: processor sharing
  --servers N             parallel servers; with ps the total speed is that of
                          min(N, requests in service) (default 16)
  --queue-limit N         fifo: how many may wait; beyond, 503
                          (default -1: no limit)
  --service NAME          law of the service times: fixed, exp or lognormal
                          (default exp)
  --mean TIME             mean service time (default 50ms)
  --sigma X               lognormal: standard deviation of the logarithm
                          (default 0.5)
  --rates TABLE           ps: total requests/s by requests in service, instead
                          of --servers and --mean, such as
                          1:10,10:16.4,50:16.8,100:21.2
  --seed N                of the random numbers (default 0: a new one, printed)
  --failure-rate X        share of predictions answered 500, 0 to 1 (default 0)
  --startup-delay TIME    not ready for so long after the start (default 0s)
  --drain-timeout TIME    after SIGTERM, how long requests in flight may take
                          (default 10s)
`

// errHelp asks for the usage text.
var errHelp = flag.ErrHelp

// ParseFlags reads the command line's arguments. An error names the flag, the
// value and what is allowed; flag.ErrHelp asks for the help text.
func ParseFlags(args []string) (Options, error) {
	o, profile := DefaultOptions(), ""
	given, err := parseOnto(&o, &profile, args)
	if err == nil && profile == FLTS {
		// Once more, now onto the profile, so that the flags win over it.
		o = fltsOptions()
		given, err = parseOnto(&o, &profile, args)
	}
	if err != nil {
		return Options{}, err
	}
	if problems := noEffect(given, o); len(problems) > 0 {
		return Options{}, errors.Join(problems...)
	}
	return o, o.Validate()
}

// parseOnto changes what the arguments name. The set returned knows which
// flags were given.
func parseOnto(o *Options, profile *string, args []string) (*flag.FlagSet, error) {
	fs := flag.NewFlagSet("inference-sim", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	addFlags(fs, o, profile)
	if err := fs.Parse(args); err != nil {
		return nil, doubleDash(err)
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("argument %q: want flags only", fs.Arg(0))
	}
	return fs, nil
}

// doubleDash names the flag as the help text does; package flag has one dash.
func doubleDash(err error) error {
	if errors.Is(err, errHelp) {
		return errHelp
	}
	return errors.New(strings.NewReplacer(
		"for flag -", "for flag --",
		"not defined: -", "not defined: --",
		"needs an argument: -", "needs an argument: --",
	).Replace(err.Error()))
}

func addFlags(fs *flag.FlagSet, o *Options, profile *string) {
	fs.Func("listen", "", func(s string) error {
		o.Listen = s
		return validAddress(s)
	})
	addChoice(fs, "profile", profile, FLTS)
	addChoice(fs, "discipline", &o.Discipline, FIFO, ProcessorSharing)
	addChoice(fs, "service", &o.Service, Fixed, Exp, Lognormal)
	addNumber(fs, "servers", &o.Servers, strconv.Atoi, 1, maxServers)
	addNumber(fs, "queue-limit", &o.QueueLimit, strconv.Atoi, Unlimited, 1<<31-1)
	addNumber(fs, "mean", &o.Mean, time.ParseDuration, 1, maxTime)
	addNumber(fs, "sigma", &o.Sigma, parseFloat, 0, maxSigma)
	addNumber(fs, "failure-rate", &o.FailureRate, parseFloat, 0, 1)
	addNumber(fs, "startup-delay", &o.StartupDelay, time.ParseDuration, 0, maxTime)
	addNumber(fs, "drain-timeout", &o.DrainTimeout, time.ParseDuration, 1, maxTime)
	addNumber(fs, "seed", &o.Seed, parseUint, 0, 1<<64-1)
	fs.Func("rates", "", func(s string) (err error) {
		o.Rates, err = ParseRates(s)
		return err
	})
}

func validAddress(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New("want host:port with a port from 0 to 65535, such as 127.0.0.1:8000")
	}
	return nil
}

func addChoice[T ~string](fs *flag.FlagSet, name string, target *T, choices ...T) {
	fs.Func(name, "", func(s string) error {
		var names []string
		for _, choice := range choices {
			if s == string(choice) {
				*target = choice
				return nil
			}
			names = append(names, string(choice))
		}
		return fmt.Errorf("want %s", strings.Join(names, " or "))
	})
}

func addNumber[T int | uint64 | float64 | time.Duration](
	fs *flag.FlagSet, name string, target *T, parse func(string) (T, error), lowest, highest T,
) {
	fs.Func(name, "", func(s string) error {
		v, err := parse(s)
		if err != nil || !(v >= lowest && v <= highest) { // so that NaN fails
			return fmt.Errorf("want from %v to %v", lowest, highest)
		}
		*target = v
		return nil
	})
}

func parseFloat(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
func parseUint(s string) (uint64, error)   { return strconv.ParseUint(s, 10, 64) }

// noEffect finds flags that were given but would change nothing: better an
// error than a run that measures something else than was meant.
func noEffect(fs *flag.FlagSet, o Options) []error {
	table := len(o.Rates) > 0
	useless := map[string]struct {
		is  bool
		why string
	}{
		"rates":       {o.Discipline != ProcessorSharing, "wants --discipline ps"},
		"queue-limit": {o.Discipline == ProcessorSharing, "has no effect with --discipline ps, where nothing waits"},
		"servers":     {table, "has no effect beside a table of rates, which gives the speed"},
		"mean":        {table, "has no effect beside a table of rates, which gives the speed"},
		"sigma":       {o.Service != Lognormal, "wants --service lognormal"},
	}
	var problems []error
	fs.Visit(func(f *flag.Flag) {
		if u := useless[f.Name]; u.is {
			problems = append(problems, fmt.Errorf("flag --%s %s", f.Name, u.why))
		}
	})
	return problems
}
