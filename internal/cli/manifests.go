package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

type manifestsOptions struct {
	file      string
	namespace string
	consumer  string
	settings  settingsFlags
}

func newManifestsCmd(env *Env) *cobra.Command {
	var opts manifestsOptions
	cmd := &cobra.Command{
		Use:   "manifests FILE",
		Short: "Print the objects that deploy and submit would apply, as YAML",
		Long: `Print the objects that deploy and submit would apply, as YAML for kubectl apply.
No cluster is asked, so that the target's pods are assumed to have the label
app=<its name>. What overrides the file is recorded in them as by deploy.

With --for gitops the objects are those that a repository can own: without the
workers' count, which a run changes, and without the Job, each of which is a
run. What is left out is said at the top.`,
		Args: exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.file = args[0]
			return printManifests(&opts, env)
		},
	}
	opts.settings.addFlags(cmd.Flags())
	under(cmd.Flags(), forCluster, func(flags *pflag.FlagSet) {
		flags.StringVarP(&opts.namespace, "namespace", "n", "", "`NAME` of the namespace (default: the experiment's)")
	})
	under(cmd.Flags(), forOutput, func(flags *pflag.FlagSet) {
		flags.StringVar(&opts.consumer, "for", "kubectl", "`WHO` applies them: kubectl, once, or gitops, again and again")
	})
	return cmd
}

func printManifests(opts *manifestsOptions, env *Env) error {
	if opts.consumer != "kubectl" && opts.consumer != "gitops" {
		return usageError{fmt.Errorf("--for is %q, must be kubectl or gitops", opts.consumer)}
	}
	settings := opts.settings.settings(env)
	if opts.namespace != "" {
		settings = append(settings, experiment.Setting{Field: experiment.FieldNamespace, Origin: "--namespace", Value: opts.namespace})
	}
	exp, err := experiment.Load(opts.file, settings)
	if err != nil {
		return err
	}
	exp.Record = experiment.NewRecord(settings)
	tellNamespace(env, exp, settings, opts.namespace)
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		return err
	}
	text, err := yamlFor(opts.consumer, set)
	if err != nil {
		return err
	}
	_, err = env.Stdout.Write(text)
	return err
}

func yamlFor(consumer string, set *manifests.Set) ([]byte, error) {
	if consumer == "gitops" {
		return set.GitOpsYAML()
	}
	return manifests.YAML(append(set.Deployed(), set.Submitted())...)
}
