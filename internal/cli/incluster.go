package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// runInside is the driver in a Job's pod. Its exit code tells the Job whether the next
// pod is to go on.
func runInside(ctx context.Context, opts *runOptions, env *Env) error {
	self, err := driver.SelfFrom(env.Getenv)
	if err != nil {
		return usageError{err}
	}
	if err := opts.cluster.verbose.fromVariable(env); err != nil {
		return err
	}
	say := func(text string) { _, _ = fmt.Fprintf(env.Stderr, "%s %s\n", time.Now().Format(time.TimeOnly), text) }
	defer func() {
		if err := driver.QuitSidecar(ctx, env.Getenv(manifests.EnvQuit)); err != nil {
			say(err.Error())
		}
	}()
	exp, err := driver.Load(opts.file, env.Getenv, func(getenv func(string) string) []experiment.Setting {
		with := *env
		with.Getenv = getenv
		return opts.settings.settings(&with)
	})
	if err != nil {
		return err
	}
	if exp.LoadMatrix.Spec.Target.ScaleTargetRef != nil && exp.LoadMatrix.Spec.Target.URL == "" {
		return usageError{errors.New("spec.target.url is not given, and a driver may not look for the Service in front of its target; `swarmgrid submit` writes the experiment with it")}
	}
	d, err := driver.Connect(exp, self, say, loggedCluster(opts.cluster.verbose.logger(env)))
	if err != nil {
		return err
	}
	if code := d.Run(ctx, insideOptions(opts, env, d, exp, self, say)); code != ExitOK {
		return silentError{code}
	}
	return nil
}

// insideOptions are the driver's words and files.
func insideOptions(opts *runOptions, env *Env, d *driver.Driver, exp *experiment.Experiment, self driver.Self, say func(string)) driver.RunOptions {
	return driver.RunOptions{
		Dir: orElse(opts.out, "results"), Say: say,
		Warn: func(err error) { _, _ = fmt.Fprintf(env.Stderr, "swarmgrid: %v\n", err) },
		Check: func(ctx context.Context) error {
			inside := func(ctx context.Context, _ *experiment.Experiment, opts preflight.Options) (preflight.Findings, error) {
				found, err := d.Preflight(ctx, opts)
				// A driver may not look at nodes and logs; the person who deploys may.
				return found.About(preflight.TheTarget), err
			}
			return checkCluster(ctx, env, inside, exp, preflight.Options{Run: self.Run(), Look: opts.look.look})
		},
		Measure: func(ctx context.Context, dir string, o run.Options) (*result.Run, error) {
			log := opts.cluster.verbose.logger(env)
			show := newProgress(env, opts.json, opts.cluster.verbose > 0, dir)
			defer show.close()
			o.Version, o.NewClient = Version, loggedClient(log)
			o.Observe = both(both(show.observe, logEvents(log)), o.Observe)
			return runUntilInterrupt(ctx, run.New(o))
		},
		Report: func(dir string, journal *result.Run) error { return writeReports(env, dir, journal, opts.print(env)) },
		Judge: func(ctx context.Context, err error) (int, error) {
			err = asUsage(err)
			return exitCode(ctx, err), unlessSilent(err)
		},
	}
}
