package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// build is what a program knows about how it was built.
type build struct {
	Version string `json:"version"`
	// Commit is the revision that it was built from, with "+dirty" if the checkout had changes;
	// empty if the build did not know.
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCmd(env *Env) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit, and what it was built with",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild(debug.ReadBuildInfo())
			if asJSON {
				return json.NewEncoder(env.Stdout).Encode(b)
			}
			_, err := fmt.Fprintln(env.Stdout, b)
			return err
		},
	}
	under(cmd.Flags(), forOutput, func(flags *pflag.FlagSet) {
		flags.BoolVar(&asJSON, "json", false, "print it as JSON")
	})
	return cmd
}

func thisBuild(info *debug.BuildInfo, ok bool) build {
	b := build{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if !ok {
		return b
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	b.Commit = set["vcs.revision"]
	if b.Commit != "" && set["vcs.modified"] == "true" {
		b.Commit += "+dirty"
	}
	return b
}

// String is for people.
func (b build) String() string {
	return fmt.Sprintf("swarmgrid %s (commit %s, %s, %s)", b.Version, orElse(b.Commit, "unknown"), b.Go, b.Platform)
}
