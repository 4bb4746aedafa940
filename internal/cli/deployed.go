package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// connectDeployed is connect for what comes after deploy: what that was given holds, too,
// and is told. inside says that the driver in the cluster measures, which has variables of
// its own.
func (o *clusterFlags) connectDeployed(ctx context.Context, env *Env, source spec.Input, settings []spec.Setting, inside bool) (*cluster.Cluster, *spec.Experiment, error) {
	var record spec.Record
	c, exp, err := o.connect(env, func(c *cluster.Cluster, all []spec.Setting) (*spec.Experiment, error) {
		var err error
		if record, err = recorded(ctx, env, c, source, all); err != nil {
			return nil, err
		}
		return source.LoadAsDeployed(record, all)
	}, settings)
	if err != nil {
		return nil, nil, err
	}
	var beaten []spec.Setting
	if inside {
		beaten = manifests.DriverSettings(exp)
	}
	for _, line := range source.AsDeployed(record, settings, beaten) {
		_, _ = fmt.Fprintln(env.Stderr, line)
	}
	if inside {
		return driven(c, exp, nil)
	}
	return c, exp, nil
}

// connectAsWritten is connect for the verbs that only look for what a run left: the load's
// file is not wanted, and of what deploy was given only where things are.
func (o *clusterFlags) connectAsWritten(ctx context.Context, env *Env, file string) (*cluster.Cluster, *spec.Experiment, error) {
	source, err := spec.FromFile(file)
	if err != nil {
		return nil, nil, err
	}
	settings := spec.FromEnvironment(env.Getenv)
	var places spec.Record
	c, exp, err := o.connect(env, func(c *cluster.Cluster, all []spec.Setting) (*spec.Experiment, error) {
		places = recordedPlaces(ctx, env, c, source, all)
		return source.LoadUnread(append(places, places.Fresh(all)...))
	}, settings)
	if err != nil {
		return nil, nil, err
	}
	for _, line := range source.AsDeployed(places, settings, manifests.DriverSettings(exp)) {
		_, _ = fmt.Fprintln(env.Stderr, line)
	}
	return driven(c, exp, nil)
}

// recordedPlaces is of what the last deploy was given where things are. Nobody is kept
// from cleaning up by what cannot be read.
func recordedPlaces(ctx context.Context, env *Env, c *cluster.Cluster, source spec.Input, settings []spec.Setting) spec.Record {
	lm := source.Place(settings)
	if lm == nil {
		return nil
	}
	record, _, err := in(c, lm).Recorded(ctx, lm)
	if errors.As(err, new(*cluster.RecordError)) {
		_, _ = fmt.Fprintf(env.Stderr, "%v; until then the file is taken as it is\n", err)
	}
	return record.Places()
}

// in is the cluster in an experiment's namespace.
func in(c *cluster.Cluster, lm *v1alpha1.LoadMatrix) *cluster.Cluster {
	there := *c
	there.Namespace = lm.Namespace
	return &there
}

// recorded is what the last deploy was given. Where the cluster does not tell, a file that
// is wrong whatever it says is told first.
func recorded(ctx context.Context, env *Env, c *cluster.Cluster, source spec.Input, settings []spec.Setting) (spec.Record, error) {
	lm := source.Place(settings)
	if lm == nil {
		return nil, nil // as loading it tells
	}
	record, note, err := in(c, lm).Recorded(ctx, lm)
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
