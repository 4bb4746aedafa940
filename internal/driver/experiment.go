package driver

import (
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// Load reads the experiment with the settings from the pod's variables.
func Load(file string, getenv func(string) string, settings func(getenv func(string) string) []spec.Setting) (*spec.Experiment, error) {
	// Only the experiment says which master is the deployed one.
	exp, err := spec.Load(file, settings(func(name string) string {
		if name == manifests.EnvMasterURL {
			return ""
		}
		return getenv(name)
	}))
	if err != nil {
		return nil, err
	}
	return spec.Load(file, settings(manifests.WithoutOwnMaster(exp, getenv)))
}
