package cli

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestLocustsFolder: what a locustfile opens by a relative path does not depend on where
// swarmgrid was called.
func TestLocustsFolder(t *testing.T) {
	for engine, want := range map[v1alpha1.Engine]string{v1alpha1.EngineLocust: "/project/load", v1alpha1.EngineSwarm: ""} {
		master, worker := loadWorkloads(&Env{Executable: "swarmgrid"}, engine, loadProcesses{file: "/project/load/locustfile.py", python: "/venv/bin/python"})
		if master.Dir != want || worker.Dir != want {
			t.Errorf("%s: master in %q, worker in %q, want %q", engine, master.Dir, worker.Dir, want)
		}
	}
}
