package cli

import (
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// settingsFlags are the flags that override the experiment file.
type settingsFlags struct{ flags *pflag.FlagSet }

// overrides are the flags and what they set, in the order of the help text.
func overrides() []struct {
	name  string
	field spec.Field
	help  string
} {
	return []struct {
		name  string
		field spec.Field
		help  string
	}{
		{"preset", spec.FieldPreset, "a named matrix: full, baseline or smoke"},
		{"replicas", spec.FieldReplicas, "replica counts, as in 1,2,4 (REPLICA_COUNTS)"},
		{"workers", spec.FieldWorkers, "load worker counts (WORKER_COUNTS)"},
		{"users", spec.FieldUsers, "user counts (USER_COUNTS)"},
		{"duration", spec.FieldDuration, "measured time per scenario, as in 120s (TEST_DURATION)"},
		{"cooldown", spec.FieldCooldown, "pause between scenarios, as in 15s (COOLDOWN)"},
		{"spawn-rate", spec.FieldSpawnRate, "users started per second (default: users/10, within 1 and 50)"},
		{"engine", spec.FieldEngine, "load generator: swarm or locust"},
		{"url", spec.FieldURL, "base URL that the users send to"},
		{"master-url", spec.FieldMasterURL, "web address of a master that already runs (LOCUST_MASTER_URL)"},
	}
}

func (s *settingsFlags) addFlags(flags *pflag.FlagSet) {
	s.flags = flags
	under(flags, forExperiment, func(flags *pflag.FlagSet) {
		for _, o := range overrides() {
			flags.String(o.name, "", o.help)
		}
	})
}

// settings are the environment's and the flags', in the order of precedence.
func (s *settingsFlags) settings(env *Env) []spec.Setting {
	settings := spec.FromEnvironment(env.Getenv)
	for _, o := range overrides() {
		if f := s.flags.Lookup(o.name); f.Changed {
			settings = append(settings, spec.Setting{Field: o.field, Origin: "--" + o.name, Value: f.Value.String()})
		}
	}
	return settings
}
