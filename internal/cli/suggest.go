package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/words"
)

// wrongFlag turns pflag's error into a mistake in the arguments, with the flag that may
// have been meant.
func wrongFlag(cmd *cobra.Command, err error) error {
	meant := ""
	if unknown := new(pflag.NotExistError); errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if unknown.GetSpecifiedShortnames() == "" {
			meant = didYouMean("--", unknown.GetSpecifiedName(), names)
		} else {
			meant = beginsWith(unknown.GetSpecifiedName(), names)
			if !cmd.HasParent() && unknown.GetSpecifiedName() == "v" {
				meant = ": give -v (--verbose) after a command, as in `swarmgrid run FILE -v`, or --version"
			}
		}
	}
	return usageError{fmt.Errorf("%w%s; see `%s --help`", err, meant, cmd.CommandPath())}
}

// manyFlags are too many to help somebody who guessed a letter.
const manyFlags = 4

// beginsWith names the few flags that a letter may stand for.
func beginsWith(letter string, names []string) string {
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, letter) })
	if len(names) == 0 || len(names) >= manyFlags {
		return ""
	}
	return fmt.Sprintf(" (did you mean --%s?)", strings.Join(names, " or --"))
}

// oneTooMany names the first argument beyond those that the command takes.
func oneTooMany(cmd *cobra.Command, args []string, takes int) string {
	extra, next := args[takes], ""
	if i := slices.IndexFunc(args, isBody); i >= 0 && cmd.Flags().Lookup("data") != nil {
		extra, next = args[i], "; to send it as a body, write -d before it"
	}
	return fmt.Sprintf("and not %q besides%s", extra, next)
}

// isBody tells whether an argument is neither a file nor a URL, but JSON.
func isBody(arg string) bool {
	return strings.ContainsAny(arg[:min(len(arg), 1)], "{[") && json.Valid([]byte(arg))
}

// didYouMean is empty when no name is like the word.
func didYouMean(dashes, word string, names []string) string {
	var alike []string
	for _, name := range names {
		if likely(word, name) {
			alike = append(alike, dashes+name)
		}
	}
	if len(alike) == 0 {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", strings.Join(alike, " or "))
}

// likely tells whether a word may stand for a name: it is the name's beginning, or up to two
// letters are wrong, in a short word one.
func likely(word, name string) bool {
	if len(word) > 1 && strings.HasPrefix(name, word) {
		return true
	}
	limit := 2
	if len(word) < 5 {
		limit = 1
	}
	return words.Distance(strings.ToLower(word), name) <= limit
}
