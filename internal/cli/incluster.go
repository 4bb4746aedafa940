package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// runInside is the driver in a Job's pod: the journal is in ConfigMaps, the
// progress is published for monitor, and the exit code tells the Job whether the
// next pod is to go on.
func runInside(ctx context.Context, opts *runOptions, env *Env) error {
	self, err := cluster.SelfFrom(env.Getenv)
	if err != nil {
		return usageError{err}
	}
	defer quitSidecar(ctx, env)
	c, err := cluster.Inside(self.Namespace, func(text string) { say(env, text) })
	if err != nil {
		return err
	}
	exp, err := loadInside(opts, env)
	if err != nil {
		return err
	}
	if exp.LoadMatrix.Spec.Target.ScaleTargetRef != nil && exp.LoadMatrix.Spec.Target.URL == "" {
		return usageError{errors.New("spec.target.url is not given, and a driver may not look for the Service in front of its target; `swarmgrid submit` writes the experiment with it")}
	}
	d := driver{env: env, opts: opts, cluster: c, exp: exp, self: self}
	return d.drive(ctx)
}

func say(env *Env, text string) {
	_, _ = fmt.Fprintf(env.Stderr, "%s %s\n", time.Now().Format(time.TimeOnly), text)
}

// quitTime bounds asking a sidecar to end.
const quitTime = 5 * time.Second

// quitSidecar asks what a mesh has put beside the driver to end with it: otherwise the pod,
// and the Job, would not.
func quitSidecar(ctx context.Context, env *Env) {
	at := env.Getenv(manifests.EnvQuit)
	if at == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quitTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, nil)
	if err == nil {
		var resp *http.Response
		if resp, err = (&http.Transport{}).RoundTrip(req); err == nil {
			err = errors.Join(resp.Body.Close(), badStatus(resp))
		}
	}
	if err != nil {
		say(env, fmt.Sprintf("asking the sidecar at %s (%s) to end: %v", at, manifests.EnvQuit, err))
	}
}

func badStatus(resp *http.Response) error {
	if resp.StatusCode >= http.StatusMultipleChoices {
		return errors.New(resp.Status)
	}
	return nil
}

// loadInside reads the experiment. The original's manifests give every driver
// LOCUST_MASTER_URL; where that is our own master, it asks for nothing special.
func loadInside(opts *runOptions, env *Env) (*spec.Experiment, error) {
	without := *env
	without.Getenv = func(name string) string {
		if name == "LOCUST_MASTER_URL" {
			return ""
		}
		return env.Getenv(name)
	}
	exp, err := spec.Load(opts.file, opts.settings.settings(&without))
	if err != nil {
		return nil, err
	}
	if manifests.OwnMaster(exp, env.Getenv("LOCUST_MASTER_URL")) {
		return exp, nil
	}
	return spec.Load(opts.file, opts.settings.settings(env))
}

// driver is one pod's part of a run.
type driver struct {
	env       *Env
	opts      *runOptions
	cluster   *cluster.Cluster
	exp       *spec.Experiment
	self      cluster.Self
	publisher *cluster.Publisher
}

// drive runs, unless an earlier pod has said the run's last word, which stays.
func (d *driver) drive(ctx context.Context) error {
	said, err := d.cluster.LastWord(ctx, d.exp, d.self.Run())
	if said != nil {
		say(d.env, fmt.Sprintf("run %s has ended already, with exit code %d", said.Run, said.ExitCode))
		return exitWith(said.ExitCode)
	}
	d.publisher = d.cluster.Publisher(d.exp, d.self)
	if !cluster.Transient(err) { // the progress is not worth a run
		err = d.run(ctx)
	}
	return d.finish(ctx, err)
}

func exitWith(code int) error {
	if code == ExitOK {
		return nil
	}
	return silentError{code}
}

func (d *driver) run(ctx context.Context) error {
	begun, err := d.cluster.Begun(ctx, d.exp, d.self.Run())
	if cluster.Transient(err) {
		return err
	}
	// The target of an earlier pod may still be scaled and under load, which no
	// preflight may judge. It says what is missing where even looking is refused.
	if !begun {
		err := checkCluster(ctx, d.env, d.cluster, d.exp, cluster.PreflightOptions{Inside: true, Run: d.self.Run(), Look: d.opts.look.look})
		if err != nil {
			return err
		}
	}
	store, dir, err := d.open(ctx)
	if err != nil {
		return err
	}
	err = d.measure(ctx, store, dir)
	return errors.Join(err, store.Close())
}

func (d *driver) open(ctx context.Context) (store *cluster.Store, dir string, err error) {
	dir = filepath.Join(orElse(d.opts.out, "results"), d.self.Run())
	if _, err := atomicfile.MkdirAll(dir); err != nil {
		return nil, "", fmt.Errorf("making the results' directory: %w", err)
	}
	store, err = d.cluster.OpenStore(ctx, d.exp, d.self, dir)
	return store, dir, err
}

func (d *driver) measure(ctx context.Context, store *cluster.Store, dir string) error {
	workloads, err := d.cluster.Platform(d.exp, true)
	if err != nil {
		return err
	}
	log := d.opts.cluster.verbose.logger(d.env)
	show := newProgress(d.env, d.opts.json, d.opts.cluster.verbose > 0, dir)
	journal, runErr := runUntilInterrupt(ctx, run.New(run.Options{
		Experiment: d.exp, Platform: workloads, Store: store, Holder: d.self.Holder(), Version: Version,
		Observe: cluster.Both(cluster.Both(show.observe, logEvents(log)), d.publisher.Observe), NewClient: loggedClient(log),
	}))
	show.close()
	if journal == nil {
		return asUsage(runErr)
	}
	reportErr := errors.Join(cluster.WriteJournal(dir, journal), writeReports(d.env, dir, journal, d.opts.print()))
	if runErr != nil {
		return runErr
	}
	return reportErr
}

// finishTime bounds telling monitor how it ended; the rest of the pod's grace is
// for the target.
const finishTime = 15 * time.Second

// giveBackTime bounds giving the target back after an error.
const giveBackTime = time.Minute

// finish tells the cluster how this pod ended and turns that into its exit code.
func (d *driver) finish(ctx context.Context, err error) error {
	exit := cluster.ExitOf(ctx, unlessSilent(err), exitCode(ctx, err))
	message := ""
	if told := unlessSilent(err); told != nil {
		message = told.Error()
		_, _ = fmt.Fprintf(d.env.Stderr, "swarmgrid: %v\n", told)
		exit = d.unlessHeld(ctx, exit)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if err := d.publisher.Finish(end, exit.Finished, exit.Code, message); err != nil {
		_, _ = fmt.Fprintf(d.env.Stderr, "swarmgrid: %v\n", err)
	}
	return exitWith(exit.Code)
}

// unlessHeld lets no error be the run's last word while the run still has the
// target: it is given back now, or else by the next pod.
func (d *driver) unlessHeld(ctx context.Context, exit cluster.Exit) cluster.Exit {
	if !exit.Finished {
		return exit
	}
	ctx, cancel := context.WithTimeout(ctx, giveBackTime)
	defer cancel()
	done, err := d.cluster.GiveBack(ctx, d.exp, d.self.Run())
	switch {
	case err != nil:
		_, _ = fmt.Fprintf(d.env.Stderr, "swarmgrid: giving the target back: %v; `swarmgrid cleanup FILE` does it, too\n", err)
	case done != "":
		_, _ = fmt.Fprintln(d.env.Stderr, done)
	}
	if err != nil && !kubeapi.Denied(err) {
		return cluster.Exit{Code: manifests.ExitTryAgain}
	}
	return exit
}
