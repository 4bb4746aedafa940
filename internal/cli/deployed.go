package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// connectDeployed is connect for the verbs after deploy: the settings that deploy was given
// apply to them too, and the person is told so. inside says that the driver in the cluster
// measures, which has variables of its own.
func (o *clusterFlags) connectDeployed(ctx context.Context, env *Env, source experiment.Input, settings []experiment.Setting, inside bool) (*cluster.Cluster, *experiment.Experiment, error) {
	record, err := o.recorded(ctx, env, source, settings)
	if err != nil {
		return nil, nil, err
	}
	all, err := record.Under(settings)
	if err != nil {
		return nil, nil, err
	}
	load := source.Load
	if inside {
		load = driven(source.Load)
	}
	c, exp, err := o.connectTo(ctx, env, load, all)
	if err != nil {
		return nil, nil, err
	}
	exp.Record = record
	var beaten []experiment.Setting
	if inside {
		beaten = manifests.DriverSettings(exp)
	}
	tellDeployed(env, source, record, settings, beaten)
	tellBeaten(env, source, all, beaten)
	return c, exp, nil
}

// connectAsWritten is connect for the verbs that only look for what a run left: they do not
// need the load's file, and of deploy's settings only those that say where things are.
func (o *clusterFlags) connectAsWritten(ctx context.Context, env *Env, file string) (*cluster.Cluster, *experiment.Experiment, error) {
	source, err := experiment.FromFile(file)
	if err != nil {
		return nil, nil, err
	}
	settings := experiment.FromEnvironment(env.Getenv)
	record, _, err := o.askRecorded(ctx, env, source, settings)
	if errors.As(err, new(*cluster.RecordError)) { // which must not prevent a cleanup
		_, _ = fmt.Fprintf(env.Stderr, "%v; until then the file is used as it is\n", err)
	}
	places, c, exp, err := o.connectAt(env, driven(source.LoadUnread), record.Places(), settings)
	if err == nil {
		tellDeployed(env, source, places, settings, manifests.DriverSettings(exp))
	}
	return c, exp, err
}

// connectAt takes of the recorded places those with which the file is still valid: the file may
// have changed since deploy, which must not keep anybody from what is left of a run.
func (o *clusterFlags) connectAt(env *Env, load loader, places experiment.Record, settings []experiment.Setting) (experiment.Record, *cluster.Cluster, *experiment.Experiment, error) {
	c, exp, wrong := o.connect(env, load, slices.Concat(places, places.Fresh(settings)))
	if wrong == nil || !errors.As(wrong, new(*experiment.Error)) {
		return places, c, exp, wrong
	}
	for _, fewer := range []experiment.Record{places.Without(experiment.FieldURL), nil} {
		if c, exp, err := o.connect(env, load, slices.Concat(fewer, fewer.Fresh(settings))); err == nil {
			_, _ = fmt.Fprintf(env.Stderr, "not taken from deploy: %s; the file is used as it is, since with that it is not valid: %v\n", places.Except(fewer).Flags(), wrong)
			return fewer, c, exp, nil
		}
	}
	return places, nil, nil, wrong
}

func tellDeployed(env *Env, source experiment.Input, record experiment.Record, settings, beaten []experiment.Setting) {
	for _, line := range source.AsDeployed(record, settings, beaten) {
		_, _ = fmt.Fprintln(env.Stderr, line)
	}
}

// tellBeaten names what the driver's own variables beat.
func tellBeaten(env *Env, source experiment.Input, settings, driver []experiment.Setting) {
	if said := source.Beaten(settings, driver, "spec.cluster.driver.env"); said != "" {
		_, _ = fmt.Fprintln(env.Stderr, said)
	}
}

// recorded are the settings that the last deploy was given. If the cluster cannot be asked,
// an error in the file is reported first.
func (o *clusterFlags) recorded(ctx context.Context, env *Env, source experiment.Input, settings []experiment.Setting) (experiment.Record, error) {
	record, note, err := o.askRecorded(ctx, env, source, settings)
	if err != nil {
		if _, wrong := source.Load(settings); wrong != nil {
			return nil, wrong
		}
		return nil, err
	}
	if note != "" {
		_, _ = fmt.Fprintln(env.Stderr, note)
	}
	return record, nil
}

func (o *clusterFlags) askRecorded(ctx context.Context, env *Env, source experiment.Input, settings []experiment.Setting) (record experiment.Record, note string, err error) {
	c, err := o.find(env)
	if err != nil {
		return nil, "", err
	}
	lm := source.Place(append(settings, o.namespace(c.Namespace)...))
	if lm == nil {
		return nil, "", nil // whoever loads it reports why
	}
	c.Namespace = lm.Namespace
	return c.Recorded(ctx, lm)
}

// connectDeployed is for the verbs that come after deploy.
func (o *verbOptions) connectDeployed(ctx context.Context, env *Env) (*cluster.Cluster, *experiment.Experiment, error) {
	source, err := experiment.FromFile(o.file)
	if err != nil {
		return nil, nil, err
	}
	return o.cluster.connectDeployed(ctx, env, source, o.settings.settings(env), true)
}

// connect applies the settings that deploy was given, unless the experiment is a run's own
// copy, which has them already.
func (o *runOptions) connect(ctx context.Context, env *Env, a *asked) (*cluster.Cluster, *experiment.Experiment, error) {
	if o.ownCopy() {
		return o.cluster.connect(env, a.source.Load, a.settings)
	}
	return o.cluster.connectDeployed(ctx, env, a.source, a.settings, false)
}
