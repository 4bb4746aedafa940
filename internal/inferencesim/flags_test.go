package inferencesim

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseFlags(t *testing.T) {
	changed := func(change func(*Options)) Options {
		o := DefaultOptions()
		change(&o)
		return o
	}
	for _, tt := range []struct {
		args string
		want Options
	}{
		{"", DefaultOptions()},
		{"--listen 127.0.0.1:0 -seed=7", changed(func(o *Options) { o.Listen, o.Seed = "127.0.0.1:0", 7 })},
		{"--servers 4 --queue-limit 0 --service lognormal --sigma 1 --mean 80ms", changed(func(o *Options) {
			o.Servers, o.QueueLimit, o.Service, o.Sigma, o.Mean = 4, 0, Lognormal, 1, 80*time.Millisecond
		})},
		{"--failure-rate .1 --startup-delay 2s --drain-timeout 1m", changed(func(o *Options) {
			o.FailureRate, o.StartupDelay, o.DrainTimeout = .1, 2*time.Second, time.Minute
		})},
		{"--discipline ps --rates 10:16.4,1:10", changed(func(o *Options) {
			o.Discipline, o.Rates = ProcessorSharing, Rates{{1, 10}, {10, 16.4}}
		})},
		{"--profile flts", fltsOptions()},
		{"--sigma .5 --profile flts", func() Options { o := fltsOptions(); o.Sigma = .5; return o }()},
	} {
		got, err := ParseFlags(strings.Fields(tt.args))
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.args, diff)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%s: Validate: %v", tt.args, err)
		}
	}
}

func TestParseFlagsErrors(t *testing.T) {
	for args, want := range map[string]string{
		"--servers 0":                           `invalid value "0" for flag --servers: want from 1 to 1000000`,
		"--servers four":                        `invalid value "four" for flag --servers: want from 1 to 1000000`,
		"--queue-limit -2":                      `invalid value "-2" for flag --queue-limit: want from -1 to 2147483647`,
		"--mean 50":                             `invalid value "50" for flag --mean: want from 1ns to 1h0m0s`,
		"--sigma NaN":                           `invalid value "NaN" for flag --sigma: want from 0 to 2`,
		"--failure-rate 1.5":                    `invalid value "1.5" for flag --failure-rate: want from 0 to 1`,
		"--seed -1":                             `invalid value "-1" for flag --seed: want from 0 to 18446744073709551615`,
		"--service gamma":                       `invalid value "gamma" for flag --service: want fixed or exp or lognormal`,
		"--discipline lifo":                     `invalid value "lifo" for flag --discipline: want fifo or ps`,
		"--profile x":                           `invalid value "x" for flag --profile: want flts`,
		"--listen 8000":                         `invalid value "8000" for flag --listen: want host:port with a port from 0 to 65535, such as 127.0.0.1:8000`,
		"--listen :99999":                       `invalid value ":99999" for flag --listen: want host:port with a port from 0 to 65535, such as 127.0.0.1:8000`,
		"--discipline ps --rates 1":             `invalid value "1" for flag --rates: pair "1": ` + ratesSyntax,
		"--discipline ps --rates 1:2,1:3":       `invalid value "1:2,1:3" for flag --rates: 1 in service after 1: want each number once, ascending`,
		"--discipline ps --rates 0:2":           `invalid value "0:2" for flag --rates: 0 in service: want at least 1`,
		"--discipline ps --rates 1:NaN":         `invalid value "1:NaN" for flag --rates: NaN requests per second at 1 in service: want from 0.001 to 1e+06`,
		"--rates 1:2":                           `flag --rates wants --discipline ps`,
		"--discipline ps --queue-limit 3":       `flag --queue-limit has no effect with --discipline ps, where nothing waits`,
		"--profile flts --mean 1s":              `flag --mean has no effect beside a table of rates, which gives the speed`,
		"--discipline ps --rates 1:2 --sigma 1": `flag --sigma wants --service lognormal`,
		"--profile flts --discipline fifo":      `rates "5:8.8,25:9,50:11.4": want discipline ps with them`,
		"--port 1":                              `flag provided but not defined: --port`,
		"--mean":                                `flag needs an argument: --mean`,
		"serve":                                 `argument "serve": want flags only`,
	} {
		if _, err := ParseFlags(strings.Fields(args)); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", args, err, want)
		}
	}
	if _, err := ParseFlags([]string{"--help"}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help: %v", err)
	}
}

// The help text is written by hand: it must know every flag, and so must the
// page in docs.
func TestEveryFlagIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/inference-sim.md")
	if err != nil {
		t.Fatal(err)
	}
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	addFlags(fs, new(Options), new(string))
	fs.VisitAll(func(f *flag.Flag) {
		if !strings.Contains(usage, "\n  --"+f.Name+" ") {
			t.Errorf("the help text does not have --%s", f.Name)
		}
		if !strings.Contains(string(page), "`--"+f.Name) {
			t.Errorf("docs/inference-sim.md does not have --%s", f.Name)
		}
	})
}

func TestValidateReportsAll(t *testing.T) {
	err := Options{Rates: Rates{{0, 1}}}.Validate()
	for _, want := range []string{"discipline", "servers", "service", "mean", "drain timeout", "rates"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
	if _, err := NewServer(Options{}); err == nil {
		t.Error("NewServer takes options that are not valid")
	}
}

func TestRatesAt(t *testing.T) {
	r, err := ParseRates("50:16.8, 10:16.4")
	if err != nil {
		t.Fatal(err)
	}
	for n, rate := range map[int]float64{1: 16.4, 10: 16.4, 30: 16.6, 50: 16.8, 51: 16.8} {
		want(t, "rate", r.At(n), rate, 1e-12)
	}
	if got := r.String(); got != "10:16.4,50:16.8" {
		t.Errorf("String = %s", got)
	}
}
