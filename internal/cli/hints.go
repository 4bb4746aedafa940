package cli

import (
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// hints writes commands that a message proposes with the file that this command was given, so
// that they can be pasted. What proposes them does not know its name.
type hints struct {
	to   io.Writer
	file string
}

// Write implements io.Writer. A message is one call.
func (h hints) Write(p []byte) (int, error) {
	if _, err := h.to.Write([]byte(h.named(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}

var proposed = regexp.MustCompile("`swarmgrid [a-z]+ FILE\\b")

func (h hints) named(text string) string {
	return proposed.ReplaceAllStringFunc(text, func(command string) string {
		return strings.TrimSuffix(command, "FILE") + h.file
	})
}

// nameFile has the messages of a command name the file that it was given. The driver in the
// cluster has a copy, whose name is of no use to whoever reads its messages.
func nameFile(env *Env, cmd *cobra.Command, args []string) {
	inCluster := cmd.Flags().Lookup("in-cluster")
	if !strings.Contains(cmd.Use, "FILE") || len(args) != 1 || args[0] == "-" || isURL(args[0]) || inCluster != nil && inCluster.Changed {
		return
	}
	file := string(shown([]byte(pasted(args[0]))))
	if v, ok := env.Stderr.(visible); ok { // what draws on a terminal goes past visible
		env.Stderr = visible{hints{v.to, file}}
		return
	}
	env.Stderr = hints{env.Stderr, file}
}

var plainWord = regexp.MustCompile(`^[\w./@%+,:=-]+$`)

// pasted is a word as a shell wants it.
func pasted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
