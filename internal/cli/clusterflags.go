package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// clusterFlags are kubectl's, with its defaults, and -v, which tells what the cluster is asked.
type clusterFlags struct {
	access  kubeapi.Access
	verbose verbosity
	flags   *pflag.FlagSet
}

func (o *clusterFlags) addFlags(flags *pflag.FlagSet) {
	o.flags = flags
	under(flags, forCluster, func(flags *pflag.FlagSet) {
		flags.StringVar(&o.access.Kubeconfig, "kubeconfig", "", "kubeconfig `FILE` (default: KUBECONFIG, or ~/.kube/config)")
		flags.StringVar(&o.access.Context, "context", "", "`NAME` of the kubeconfig's context")
		flags.StringVarP(&o.access.Namespace, "namespace", "n", "", "`NAME` of the namespace (default: the experiment's, or the context's)")
	})
	o.verbose.addFlag(flags)
}

// refuseHere refuses them for a target that no cluster scales: they would do nothing.
func (o *clusterFlags) refuseHere(exp *experiment.Experiment) error {
	if exp.LoadMatrix.Spec.Target.ScaleTargetRef != nil {
		return nil
	}
	for _, name := range []string{"kubeconfig", "context", "namespace", "discard-results"} {
		if o.flags.Changed(name) {
			return usageError{fmt.Errorf("--%s is for a target in a cluster (spec.target.scaleTargetRef), and this one is %s; leave it out", name, exp.TargetText())}
		}
	}
	return nil
}

// loader reads an experiment.
type loader func(settings []experiment.Setting) (*experiment.Experiment, error)

// connect finds the cluster and loads the experiment, and decides its namespace.
func (o *clusterFlags) connect(env *Env, load loader, settings []experiment.Setting) (*cluster.Cluster, *experiment.Experiment, error) {
	c, err := o.find(env)
	if err != nil {
		return nil, nil, err
	}
	exp, err := load(append(settings, o.namespace(c.Namespace)...))
	if err != nil {
		return nil, nil, err
	}
	c.Namespace = exp.LoadMatrix.Namespace
	tellNamespace(env, exp, settings, o.access.Namespace)
	return c, exp, nil
}

// find finds the cluster, and tells the log what it is asked.
func (o *clusterFlags) find(env *Env) (*cluster.Cluster, error) {
	access := o.access
	access.Over = loggedCluster(o.verbose.logger(env))
	c, err := cluster.Connect(access)
	if err != nil {
		return nil, usageError{o.withContexts(err)}
	}
	return c, nil
}

// connectTo is connect for the verbs whose load goes to the target: where nobody gave its url,
// the cluster is asked for it, which is said.
func (o *clusterFlags) connectTo(ctx context.Context, env *Env, load loader, settings []experiment.Setting) (*cluster.Cluster, *experiment.Experiment, error) {
	c, exp, err := o.connect(env, load, settings)
	if err != nil {
		return nil, nil, err
	}
	found, err := c.Address(ctx, exp)
	if err != nil || found == nil {
		return c, exp, err
	}
	target := exp.TargetText()
	exp, err = load(append(settings, append(o.namespace(c.Namespace), *found)...))
	if err == nil {
		_, _ = fmt.Fprintf(env.Stderr, "url %s: %s leads to the pods of %s\n", found.Value, found.Origin, target)
	}
	return c, exp, err
}

// withContexts lists the contexts that exist, for somebody who named another.
func (o *clusterFlags) withContexts(err error) error {
	names := kubeapi.Contexts(o.access)
	if o.access.Context == "" || len(names) == 0 || slices.Contains(names, o.access.Context) {
		return err
	}
	return fmt.Errorf("%w; the kubeconfig has %s", err, strings.Join(names, ", "))
}

// connectDriver is connect for the driver in the cluster, which has variables of its own.
func (o *clusterFlags) connectDriver(ctx context.Context, env *Env, source experiment.Input, settings []experiment.Setting) (*cluster.Cluster, *experiment.Experiment, error) {
	return o.connectTo(ctx, env, driven(source.Load), settings)
}

func driven(load loader) loader {
	return func(settings []experiment.Setting) (*experiment.Experiment, error) {
		exp, err := load(settings)
		if err != nil {
			return nil, err
		}
		return manifests.Driven(exp)
	}
}

// planned reads the experiment for a plan that asks no cluster: the namespace is that of the
// flags and the kubeconfig, if there is one.
func (o *clusterFlags) planned(env *Env, source experiment.Input, settings []experiment.Setting) (*experiment.Experiment, error) {
	exp, err := source.Load(settings)
	if err != nil {
		return nil, err
	}
	if err := o.refuseHere(exp); err != nil {
		return nil, err
	}
	switch {
	case o.access.Kubeconfig != "" || o.access.Context != "":
		_, exp, err = o.connect(env, source.Load, settings)
	case exp.LoadMatrix.Spec.Target.ScaleTargetRef != nil:
		exp, err = source.Load(append(settings, o.namespace(o.access.ContextNamespace())...))
	}
	return exp, err
}

// namespace is decided as in kubectl: the flag, the file, the context.
func (o *clusterFlags) namespace(context string) []experiment.Setting {
	if o.access.Namespace != "" {
		return []experiment.Setting{{Field: experiment.FieldNamespace, Origin: "--namespace", Value: o.access.Namespace}}
	}
	return []experiment.Setting{{Field: experiment.FieldContextNamespace, Origin: "the kubeconfig's context", Value: context}}
}

// tellNamespace names the variable that overrides the file and the context: a shell may have
// it from another script.
func tellNamespace(env *Env, exp *experiment.Experiment, settings []experiment.Setting, flag string) {
	if flag != "" {
		return
	}
	for _, s := range settings {
		if s.Field == experiment.FieldNamespace {
			_, _ = fmt.Fprintf(env.Stderr, "namespace %s, since the variable %s says so; -n beats it\n", exp.LoadMatrix.Namespace, s.Origin)
		}
	}
}

// verbOptions are the options of every verb that brings an experiment into the cluster.
type verbOptions struct {
	file     string
	cluster  clusterFlags
	settings settingsFlags
}

func (o *verbOptions) addFlags(flags *pflag.FlagSet) {
	o.cluster.addFlags(flags)
	o.settings.addFlags(flags)
}

// connect is for the verbs that deploy: what they are given is recorded.
func (o *verbOptions) connect(ctx context.Context, env *Env) (*cluster.Cluster, *experiment.Experiment, error) {
	source, err := experiment.FromFile(o.file)
	if err != nil {
		return nil, nil, err
	}
	settings := o.settings.settings(env)
	c, exp, err := o.cluster.connectDriver(ctx, env, source, settings)
	if err == nil {
		exp.Record = experiment.NewRecord(settings)
		tellBeaten(env, source, settings, manifests.DriverSettings(exp))
	}
	return c, exp, err
}
