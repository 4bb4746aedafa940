package driver

import (
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// Load reads the experiment with the settings from the pod's variables.
func Load(file string, getenv func(string) string, settings func(getenv func(string) string) []experiment.Setting) (*experiment.Experiment, error) {
	// Only the experiment says which master is the deployed one.
	exp, err := experiment.Load(file, settings(func(name string) string {
		if name == manifests.EnvMasterURL {
			return ""
		}
		return getenv(name)
	}))
	if err != nil {
		return nil, err
	}
	return experiment.Load(file, settings(manifests.WithoutOwnMaster(exp, getenv)))
}
