package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// settingsFlags are the flags that override the experiment file.
type settingsFlags struct{ flags *pflag.FlagSet }

// override is a flag and what it sets.
type override struct {
	name  string
	field experiment.Field
	help  string
}

// overrides lists them in the order of the help text.
func overrides() []override {
	return []override{
		{"preset", experiment.FieldPreset, "matrix by `NAME`: full, baseline or smoke"},
		{"replicas", experiment.FieldReplicas, "`LIST` of replica counts, as in 1,2,4 (REPLICA_COUNTS)"},
		{"workers", experiment.FieldWorkers, "`LIST` of load worker counts (WORKER_COUNTS)"},
		{"users", experiment.FieldUsers, "`LIST` of user counts, or the range that --answer capacity searches, as in 50..2000 (USER_COUNTS)"},
		{"duration", experiment.FieldDuration, "`TIME` measured per scenario, as in 120s, or auto: until the SLO is decided (TEST_DURATION)"},
		{"max-duration", experiment.FieldMax, "longest `TIME` measured with --duration auto, as in 180s (the default)"},
		{"settle", experiment.FieldSettle, "`TIME` between the last started user and the window, as in 6s"},
		{"cooldown", experiment.FieldCooldown, "`TIME` between scenarios, as in 15s (COOLDOWN)"},
		{"attempts", experiment.FieldAttempts, "a scenario may be tried `N` times until it is valid"},
		{"answer", experiment.FieldAnswer, "what is `ASKED`: grid (measure all), demand (fewest replicas for each load) or capacity (most users for each replica count)"},
		{"budget", experiment.FieldBudget, "load the target for at most `TIME` in all, as in 45m, or none to lift that of the file"},
		{"max-time", experiment.FieldMaxTime, "begin nothing that would end more than `TIME` after the run began, as in 2h, or none"},
		{"spawn-rate", experiment.FieldSpawnRate, "start `N` users per second (default: users/10, within 1 and 50)"},
		{"engine", experiment.FieldEngine, "load `ENGINE`: swarm or locust"},
		{"load", experiment.FieldLoadFile, "swarmfile or locustfile `FILE` instead of the experiment's load"},
		{"url", experiment.FieldURL, "base `URL` that the users send to"},
		{"master-url", experiment.FieldMasterURL, "web `URL` of a master that already runs (LOCUST_MASTER_URL)"},
	}
}

// sloFlag is the one setting that may be given more than once.
const sloFlag = "slo"

func (s *settingsFlags) addFlags(flags *pflag.FlagSet) {
	s.flags = flags
	under(flags, forExperiment, func(flags *pflag.FlagSet) {
		for _, o := range overrides() {
			flags.String(o.name, "", o.help)
		}
		flags.StringArray(sloFlag, nil, "an `OBJECTIVE`, as in 'p95<200ms' or 'failures<1%'; may be repeated, and takes the place of all")
	})
}

// settings are those of the environment and of the flags, in the order of precedence.
func (s *settingsFlags) settings(env *Env) []experiment.Setting {
	settings := experiment.FromEnvironment(env.Getenv)
	for _, o := range overrides() {
		if f := s.flags.Lookup(o.name); f.Changed {
			settings = append(settings, experiment.Setting{Field: o.field, Origin: "--" + o.name, Value: f.Value.String()})
		}
	}
	if s.flags.Changed(sloFlag) {
		slo, _ := s.flags.GetStringArray(sloFlag) // it is one
		settings = append(settings, experiment.Setting{Field: experiment.FieldSLO, Origin: "--" + sloFlag, Value: strings.Join(slo, "\n")})
	}
	return settings
}

// value is the flag's value; empty if it was not given.
func (s *settingsFlags) value(name string) string {
	if f := s.flags.Lookup(name); f.Changed {
		return f.Value.String()
	}
	return ""
}
