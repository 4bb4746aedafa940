package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

type runOptions struct {
	file   string
	out    string
	resume string
	python string
	json   bool
	// inside says that this process is the driver in a Job's pod.
	inside   bool
	look     lookFlag
	cluster  clusterFlags
	settings settingsFlags
	request  requestFlags
	stranger strangerFlags
	save     string
	table    tableFlag
	pprof    pprofFlag
}

// print is how the table is printed; nil where events are.
func (o *runOptions) print(env *Env) func(io.Writer, *report.Model) error {
	if o.json {
		return nil
	}
	return o.table.print(env)
}

func newRunCmd(env *Env) *cobra.Command {
	var opts runOptions
	cmd := &cobra.Command{
		Use:   "run FILE|URL|-",
		Short: "Measure every scenario of an experiment, or a URL; write reports",
		Long: `Measure every scenario of an experiment and write the reports. FILE is the
experiment; - is standard input, with the files that it names looked for here.

A URL is measured at once, with 1, 10 and 50 users for 10 s each unless --users
and --duration say otherwise; ramp, settling and cool-down are a tenth of the
window. -X, -H and -d are curl's, but -d @FILE sends a file as it is, a header
is given once, and redirects are followed. A user sends its next request as soon
as it has the answer, unless --think says how long it waits. Secrets in -H and
in the query (Authorization, Cookie, tokens, keys) are not kept with the run,
and --resume asks for them in variables; a body is kept. Above 50 users another
machine is asked about; --yes answers. --save writes what ran as files.

The run's directory holds the journal, the histograms, the logs of every process
and the reports; --out must name one that is new or empty. A run that was
stopped, however, goes on with "swarmgrid run --resume DIR"; nothing is measured
twice. With FILE, too, it is judged by that file's SLO and gate from then on. A
run that is refused changes no file; of a target that was looked at and said
something, the log is left.

Before anything is loaded the target is looked at, on this machine as "swarmgrid
plan FILE --try" does it, with the first replica. Where not one of the requests
succeeds, or no replica becomes ready, nothing is measured; if only some fail,
that is said and the run goes on. The requests have their effects: one order is
placed. --try=false leaves the look out.

Of a target in a cluster what deploy was given holds, and is said, unless a flag
or a variable says otherwise.

The first Ctrl-C stops the load, keeps what was measured, restores the target
and writes the reports; the second leaves at once. SIGTERM does the same, and so
does SIGHUP, as from a terminal that is closed, unless it is ignored (nohup).

EXIT STATUS
  0    every scenario was measured, and the SLO's gate was met if there is one
  1    the run, or a scenario of it, could not be measured; the look at the
       target found that nothing can succeed; or, without an SLO, every
       request of every scenario failed
  2    wrong arguments or a wrong file; also a program, a variable or a Python
       module that is not there
  3    the SLO's gate was missed
  5    nothing was missed, but what the gate needs is too close to call, or a
       limit ended the run
  130  interrupted`,
		Example: `  swarmgrid run 'http://127.0.0.1:8000/search?q=a' --slo 'p95<200ms'
  swarmgrid run http://127.0.0.1:8000/orders -d @order.json --save shop.yaml
  swarmgrid run examples/demo.yaml
  swarmgrid run examples/inference.yaml --preset smoke --duration 20s
  swarmgrid run --resume results/20260102-030405-1a2b`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := refuseEmpty(cmd, "out", "resume", "python", "save", "load"); err != nil {
				return err
			}
			if opts.resume != "" && len(args) == 0 {
				return nil // the run's own copy of the experiment is used
			}
			return exactly("FILE, URL or -")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				opts.file = args[0]
			}
			stop, err := opts.pprof.serve(env)
			if err != nil {
				return err
			}
			defer stop()
			if opts.inside {
				return runInside(cmd.Context(), &opts, env)
			}
			return runRun(cmd.Context(), &opts, env)
		},
	}
	opts.addFlags(cmd)
	return cmd
}

func (o *runOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.request.addFlags(flags)
	o.stranger.addFlags(flags)
	under(flags, forURL, func(flags *pflag.FlagSet) {
		flags.StringVar(&o.save, "save", "", "write the experiment to this `FILE`, its swarmfile beside it")
	})
	o.settings.addFlags(flags)
	o.cluster.addFlags(flags)
	under(flags, forOutput, o.table.addFlag)
	o.pprof.addFlag(flags)
	flags.BoolVar(&o.inside, "in-cluster", false, "be the driver in a Job's pod (used by submit)")
	_ = flags.MarkHidden("in-cluster")
	under(flags, forRun, func(flags *pflag.FlagSet) {
		flags.StringVar(&o.resume, "resume", "", "continue the run in this `DIR`")
		flags.StringVar(&o.python, "python", "", "Python `PROGRAM` that has Locust, for engine locust (default: python3 on the PATH)")
	})
	o.look.addFlag(flags, forRun, "look at the target before any load; --try=false does not (in a cluster from a worker, with --try from a pod made for that if no worker is there)")
	addOut(flags, &o.out)
	addEvents(flags, &o.json)
}

func addOut(flags *pflag.FlagSet, out *string) {
	under(flags, forOutput, func(flags *pflag.FlagSet) {
		flags.StringVar(out, "out", "", "`DIR` of the run, new or empty (default results/<run id>)")
	})
}

func addEvents(flags *pflag.FlagSet, asJSON *bool) {
	under(flags, forOutput, func(flags *pflag.FlagSet) {
		flags.BoolVar(asJSON, "json", false, "print events as JSON lines on standard output (docs/events.md)")
	})
}

func runRun(ctx context.Context, opts *runOptions, env *Env) error {
	r, err := prepareRun(ctx, opts, env)
	if err != nil {
		return err
	}
	defer func() { _ = r.store.Close() }()
	log := opts.cluster.verbose.logger(env)
	show := newProgress(env, opts.json, opts.cluster.verbose > 0, r.dir)
	quiet := context.AfterFunc(ctx, func() { show.say("stopping the load; interrupt again to leave at once") })
	runOpts := run.Options{
		Experiment: r.exp, Platform: r.platform, Store: r.store, Holder: r.holder, Version: Version, Machine: run.ThisMachine(),
		Observe: both(show.observe, logEvents(log)), Prepare: func() error { return r.prepare(show) }, NewClient: loggedClient(log),
	}
	if r.cluster == nil && opts.look.look != preflight.LookNever {
		var ready func()
		runOpts.Look, ready = firstLook(r.exp, r.program, show)
		defer ready()
	}
	journal, runErr := runUntilInterrupt(ctx, run.New(runOpts))
	quiet()
	show.close()
	if journal == nil {
		return asUsage(r.withRemains(runErr, opts))
	}
	reportErr := writeReports(env, r.dir, journal, opts.print(env))
	runErr = errors.Join(runErr, r.store.Close())
	if !opts.json && (reportErr == nil || errors.As(reportErr, &silentError{})) {
		_, _ = fmt.Fprintf(env.Stderr, "reports are in %s\n", r.dir)
	}
	if runErr != nil {
		_, _ = fmt.Fprintf(env.Stderr, "continue with: swarmgrid run --resume %s\n", r.dir)
		return runErr
	}
	return reportErr
}

// asUsage gives an error that another argument would cure the exit code of a wrong argument.
func asUsage(err error) error {
	if errors.As(err, new(*run.ResumeError)) || errors.As(err, new(*rundir.UsedError)) {
		return usageError{err}
	}
	return err
}

// prepared is a run that is ready to start. Nothing is written for it yet.
type prepared struct {
	dir   string
	exp   *experiment.Experiment
	asked *asked
	// save is where --save writes the experiment; nil without it.
	save *savedFiles
	// loadFile is where the load's file is, or will be.
	loadFile string
	// cluster is nil for a target on this machine.
	cluster  *cluster.Cluster
	platform platform.Platform
	// program is the compiled swarmfile of a load on this machine.
	program *httpuser.Program
	store   *rundir.Store
	holder  platform.Holder
}

// prepareRun looks for every reason against the run before it makes anything.
func prepareRun(ctx context.Context, opts *runOptions, env *Env) (*prepared, error) {
	if err := oneDirectory(opts); err != nil {
		return nil, err
	}
	previous, err := findPrevious(opts)
	if err != nil {
		return nil, err
	}
	r := &prepared{holder: newHolder()}
	if err := r.load(ctx, opts, env); err != nil {
		return nil, movedHint(err, opts)
	}
	env = r.asked.withSecrets(env)
	if r.save, err = findSaved(opts.save, r.asked); err != nil {
		return nil, err
	}
	r.dir = orElse(opts.out, filepath.Join("results", r.holder.Run))
	if previous != nil {
		r.dir, r.holder.Run = opts.resume, previous.Header.RunID
		tellTorn(env, r.dir, previous)
		err = run.CheckResume(previous, r.exp)
	} else {
		err = rundir.Free(r.dir)
	}
	if err != nil {
		return nil, asUsage(notBegun(err, opts))
	}
	if err := r.check(ctx, opts, env); err != nil {
		return nil, err
	}
	if previous == nil {
		if err := opts.stranger.ask(ctx, r.asked, r.exp, env); err != nil {
			return nil, err
		}
	}
	if err := r.makePlatform(opts, env); err != nil {
		return nil, err
	}
	if r.store, err = rundir.Open(r.dir); err != nil {
		return nil, dirHint(err, opts)
	}
	return r, nil
}

// load reads the experiment, and finds the cluster that it names.
func (r *prepared) load(ctx context.Context, opts *runOptions, env *Env) error {
	var err error
	if r.asked, err = opts.request.find(opts.file, opts.settings, env); err != nil {
		return err
	}
	if lm := r.asked.source.Place(r.asked.settings); lm != nil && lm.Spec.Target.ScaleTargetRef != nil {
		if err := errors.Join(refuseHidden(lm), refusePython(opts.python, lm)); err != nil {
			return err
		}
		r.cluster, r.exp, err = opts.connect(ctx, env, r.asked)
		return err
	}
	if r.exp, err = r.asked.load(); err != nil {
		return err
	}
	if err := refuseHidden(r.exp.LoadMatrix); err != nil {
		return err
	}
	return errors.Join(opts.cluster.refuseHere(r.exp), refusePython(opts.python, r.exp.LoadMatrix))
}

func (r *prepared) check(ctx context.Context, opts *runOptions, env *Env) error {
	if r.cluster != nil {
		return checkCluster(ctx, env, r.cluster.Preflight, r.exp, preflight.Options{Run: r.holder.Run, Copy: opts.ownCopy(), Look: opts.look.look})
	}
	var err error
	r.program, err = checkLocal(ctx, r.exp, opts, env)
	return err
}

func (r *prepared) makePlatform(opts *runOptions, env *Env) (err error) {
	if r.loadFile, err = loadFileIn(r.dir, r.exp); err != nil {
		return err
	}
	if r.cluster != nil {
		r.platform, err = r.cluster.Platform(r.exp)
	} else {
		r.platform, err = newLocalPlatform(env, r.exp, r.dir, loadProcesses{file: r.loadFile, python: opts.python, secrets: r.asked.secrets()})
	}
	return err
}

// prepare stores what is run, and says where --save has put it.
func (r *prepared) prepare(show progress) error {
	err := r.keep()
	if said := r.save.said(); err == nil && said != "" {
		show.say(said)
	}
	return err
}

// keep stores what is run, so that the run can be continued and repeated from its directory
// alone.
func (r *prepared) keep() error {
	lm := experiment.HideEnv(r.exp.Anchored())
	if r.loadFile != "" {
		lm.Spec.Load.File, lm.Spec.Load.Builtin = r.loadFile, ""
		if r.within(r.loadFile) {
			lm.Spec.Load.File = filepath.Base(r.loadFile)
			if err := atomicfile.WriteBytes(r.loadFile, r.exp.LoadFile); err != nil {
				return err
			}
		}
	}
	if err := r.save.write(r.exp); err != nil {
		return err
	}
	data, err := json.MarshalIndent(lm, "", "  ")
	if err != nil {
		return fmt.Errorf("writing experiment: %w", err)
	}
	return atomicfile.WriteBytes(filepath.Join(r.dir, rundir.ExperimentName), append(data, '\n'))
}

// within tells whether a file is in the run's directory.
func (r *prepared) within(file string) bool { return samePath(filepath.Dir(file), r.dir) }

// loadFileIn is where the load's file is during a run: a copy in the run's directory, or
// nowhere with masterURL. A user's locustfile stays where it is: it may import its
// neighbours.
func loadFileIn(dir string, exp *experiment.Experiment) (string, error) {
	switch {
	case exp.LoadMatrix.Spec.Load.MasterURL != "":
		return "", nil
	case exp.Swarmfile != nil:
		return filepath.Join(dir, rundir.SwarmfileName), nil
	case exp.LoadPath != "":
		return filepath.Abs(exp.LoadPath)
	}
	return filepath.Abs(filepath.Join(dir, rundir.LocustfileName)) // Locust runs in its folder
}

// dirHint adds the next step to an error about a directory that cannot be used.
func dirHint(err error, opts *runOptions) error {
	switch {
	case !errors.As(err, new(*fs.PathError)):
		return err
	case opts.resume != "":
		return fmt.Errorf("%w; to continue the run its directory must be writable", err)
	}
	return fmt.Errorf("%w; name a directory that may be written with --out", err)
}
