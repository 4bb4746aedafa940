package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/cluster"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// completions are what a shell offers for the values of flags, by the flags' names. All
// others are numbers, times and texts, for which it offers nothing.
func completions() map[string]cobra.CompletionFunc {
	return map[string]cobra.CompletionFunc{
		"preset":     completePresets,
		"engine":     oneOf(v1alpha1.EngineSwarm, v1alpha1.EngineLocust),
		"gate":       oneOf(v1alpha1.GateAnswer, v1alpha1.GateAll, v1alpha1.GateOff),
		"builtin":    oneOf("forecasting"),
		"for":        oneOf("kubectl", "gitops"),
		"resume":     completeRuns,
		"context":    completeContexts,
		"namespace":  completeNamespaces,
		"load":       files("yaml", "yml", "py"),
		"locustfile": files("yaml", "yml", "py"),
		"kubeconfig": files(),
		"python":     files(),
		"out":        directories,
	}
}

// addCompletions gives every flag and argument of a command what a shell offers for it.
func addCompletions(cmd *cobra.Command) {
	known := completions()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		complete := known[f.Name]
		if complete == nil {
			complete = cobra.NoFileCompletions
		}
		_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // it fails only for flags that are not there
	})
	if cmd.ValidArgs == nil && cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = completeArgument
	}
}

// completeArgument goes by what the usage line says: FILE or DIR.
func completeArgument(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	switch {
	case len(args) > 0:
	case strings.Contains(cmd.Use, "FILE"):
		return files("yaml", "yml", "json")(cmd, args, typed)
	case strings.Contains(cmd.Use, "DIR"):
		return completeRuns(cmd, args, typed)
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func oneOf[T ~string](all ...T) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var names []string
		for _, word := range all {
			names = append(names, string(word))
		}
		return beginning(typed, names), cobra.ShellCompDirectiveNoFileComp
	}
}

func beginning(typed string, names []string) []cobra.Completion {
	var found []cobra.Completion
	for _, name := range names {
		if strings.HasPrefix(name, typed) {
			found = append(found, name)
		}
	}
	return found
}

// files are the shell's own, with one of some endings where they are given.
func files(endings ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(endings) == 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

func directories(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func completePresets(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []string
	for _, p := range spec.Presets() {
		names = append(names, p.Name)
	}
	return oneOf(names...)(cmd, args, typed)
}

// completeRuns offers the directories that hold a run: those beside what is typed, and
// those one folder further down, as results/ is.
func completeRuns(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	parent, name := filepath.Split(typed)
	var found []cobra.Completion
	for _, dir := range foldersIn(parent, name) {
		found = append(found, runsIn(dir)...)
	}
	if len(found) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// foldersIn are the paths of a folder's folders whose names begin so. An empty parent is
// the working directory.
func foldersIn(parent, prefix string) []string {
	entries, _ := os.ReadDir(orElse(parent, ".")) // what cannot be read offers nothing
	var found []string
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".") && prefix == ""
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) && !hidden {
			found = append(found, parent+e.Name())
		}
	}
	return found
}

func completeContexts(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return beginning(typed, cluster.Contexts(accessOf(cmd))), cobra.ShellCompDirectiveNoFileComp
}

// completeTime bounds how long a prompt waits for a cluster.
const completeTime = 2 * time.Second

func completeNamespaces(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	parent := cmd.Context()
	if parent == nil { // cobra gives the command that is completed none
		parent = context.Background()
	}
	ctx, cancel := context.WithTimeout(parent, completeTime)
	defer cancel()
	return beginning(typed, cluster.Namespaces(ctx, accessOf(cmd))), cobra.ShellCompDirectiveNoFileComp
}

// accessOf is what the line says so far of the cluster.
func accessOf(cmd *cobra.Command) cluster.Access {
	text := func(name string) string {
		value, _ := cmd.Flags().GetString(name) // empty where the command has no such flag
		return value
	}
	return cluster.Access{Kubeconfig: text("kubeconfig"), Context: text("context")}
}
