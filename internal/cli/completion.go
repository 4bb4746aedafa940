package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCompletionCmd(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script for the shell that completes commands and values",
		Long: `Print a script for the shell that completes commands, flags and their values:
presets, engines, experiments, the directories of runs, contexts, namespaces.
SHELL is bash (with its package bash-completion), zsh, fish or powershell. Have
the shell read it when it starts, as the examples do.`,
		Example: `  echo 'source <(swarmgrid completion bash)' >> ~/.bashrc
  echo 'source <(swarmgrid completion zsh)' >> ~/.zshrc   # below compinit
  swarmgrid completion fish > ~/.config/fish/completions/swarmgrid.fish
  swarmgrid completion powershell | Out-String | Invoke-Expression`,
		Args:      exactly("SHELL"),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(env.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(env.Stdout)
			case "fish":
				return root.GenFishCompletion(env.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(env.Stdout)
			}
			return usageError{fmt.Errorf("the shell is %q, must be bash, zsh, fish or powershell", args[0])}
		},
	}
}
