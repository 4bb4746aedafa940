package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// refuseEmpty refuses flags with an empty value: an unset shell variable must not turn a run
// to be continued into a new one.
func refuseEmpty(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return usageError{fmt.Errorf("--%s is empty; give it a value, or leave it out", name)}
		}
	}
	return nil
}

// oneDirectory refuses two directories for one run.
func oneDirectory(opts *runOptions) error {
	if opts.out != "" && opts.resume != "" {
		return usageError{errors.New("--out and --resume both name the run's directory; give --out for a new run or --resume to continue one")}
	}
	return nil
}

// refusePython refuses a --python that would not be used.
func refusePython(python string, lm *v1alpha1.LoadMatrix) error {
	s := lm.Spec
	why := ""
	switch {
	case python == "":
	case s.Load.MasterURL != "":
		why = fmt.Sprintf("the load is that of the master at %s", s.Load.MasterURL)
	case s.Target.ScaleTargetRef != nil:
		why = "the load runs in the cluster"
	case s.Load.Engine != v1alpha1.EngineLocust:
		why = fmt.Sprintf("the engine is %s", s.Load.Engine)
	}
	if why == "" {
		return nil
	}
	return usageError{fmt.Errorf("--python is for engine locust on this machine, and %s; leave it out", why)}
}

// refuseHidden asks for the experiment file if the stored copy lacks values.
func refuseHidden(lm *v1alpha1.LoadMatrix) error {
	if place := experiment.Hidden(lm); place != "" {
		return usageError{fmt.Errorf("the value of %s is not kept with a run; give the experiment's own file, as in swarmgrid run FILE --resume DIR", place)}
	}
	return nil
}
