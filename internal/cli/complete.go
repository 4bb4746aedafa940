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
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// completions are what a shell offers for the values of flags, by the flags' names. For all
// others, which are numbers, times and texts, it offers nothing.
func completions() map[string]cobra.CompletionFunc {
	return map[string]cobra.CompletionFunc{
		"preset":     completePresets,
		"duration":   oneOf(v1alpha1.WindowAuto),
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

// addCompletions adds completions to every flag and argument of a command.
func addCompletions(cmd *cobra.Command) {
	known := completions()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		complete := known[f.Name]
		if complete == nil {
			complete = cobra.NoFileCompletions
		}
		_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // it fails only for flags that do not exist
	})
	if cmd.ValidArgs == nil && cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = completeArgument
	}
}

// completeArgument goes by the usage line: FILE or DIR.
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

// files lets the shell complete file names, with one of the endings if there are any.
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
	for _, p := range experiment.Presets() {
		names = append(names, p.Name)
	}
	return oneOf(names...)(cmd, args, typed)
}

// completeRuns offers the directories that hold a run: those in the folder that is typed,
// and those one folder further down, as in results/.
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

// foldersIn are the paths of a folder's subfolders whose names have the prefix. An empty
// parent is the working directory.
func foldersIn(parent, prefix string) []string {
	entries, _ := os.ReadDir(orElse(parent, ".")) // for what cannot be read nothing is offered
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
	return beginning(typed, kubeapi.Contexts(accessOf(cmd))), cobra.ShellCompDirectiveNoFileComp
}

// completeTime bounds how long a prompt waits for a cluster.
const completeTime = 2 * time.Second

func completeNamespaces(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	parent := cmd.Context()
	if parent == nil { // cobra gives the completed command no context
		parent = context.Background()
	}
	ctx, cancel := context.WithTimeout(parent, completeTime)
	defer cancel()
	return beginning(typed, kubeapi.Namespaces(ctx, accessOf(cmd))), cobra.ShellCompDirectiveNoFileComp
}

// accessOf is what the line says so far of the cluster.
func accessOf(cmd *cobra.Command) kubeapi.Access {
	text := func(name string) string {
		value, _ := cmd.Flags().GetString(name) // empty if the command has no such flag
		return value
	}
	return kubeapi.Access{Kubeconfig: text("kubeconfig"), Context: text("context")}
}
