package cli

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/spf13/pflag"
)

// TestVerbosity counts -v as often as it is given.
func TestVerbosity(t *testing.T) {
	for _, c := range []struct {
		args        []string
		info, debug bool
	}{
		{nil, false, false},
		{[]string{"-v"}, true, false},
		{[]string{"--verbose"}, true, false},
		{[]string{"-vv"}, true, true},
		{[]string{"-v", "x", "-v"}, true, true},
		{[]string{"-vvvv"}, true, true},
		{[]string{"-vv", "--verbose=false"}, false, false},
		{[]string{"--verbose=true"}, true, false},
	} {
		var v verbosity
		flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
		v.addFlag(flags)
		if err := flags.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		log := v.logger(&Env{Stderr: &b})
		info, debug := log.Enabled(context.Background(), slog.LevelInfo), log.Enabled(context.Background(), slog.LevelDebug)
		if info != c.info || debug != c.debug {
			t.Errorf("%q: info %t, debug %t", c.args, info, debug)
		}
		if log.Info("x"); (b.Len() > 0) != c.info {
			t.Errorf("%q: wrote %q", c.args, b.String())
		}
	}
	if err := new(verbosity).Set("loud"); err == nil {
		t.Error("--verbose=loud is taken")
	}
}

// TestVerboseDriver: a variable is -v in the driver's pod, and does not quieten a flag.
func TestVerboseDriver(t *testing.T) {
	for _, c := range []struct {
		flag  verbosity
		value string
		want  verbosity
		err   string
	}{
		{0, "", 0, ""},
		{0, "0", 0, ""},
		{0, "1", 1, ""},
		{1, "2", 2, ""},
		{2, "0", 2, ""},
		{0, "loud", 0, `SWARMGRID_VERBOSE is "loud", must be 0, 1 (as -v) or 2 (as -vv)`},
	} {
		v := c.flag
		err := v.fromVariable(&Env{Getenv: func(name string) string { return map[string]string{"SWARMGRID_VERBOSE": c.value}[name] }})
		if v != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%d and %q: %d, %v; want %d, %q", c.flag, c.value, v, err, c.want, c.err)
		}
	}
}
