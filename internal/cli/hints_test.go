package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHints: what a message proposes can be pasted.
func TestHints(t *testing.T) {
	for name, test := range map[string]struct {
		use  string
		args []string
		flag bool
		want string
	}{
		"a file":            {"deploy FILE", []string{"shop/it.yaml"}, false, "run `swarmgrid deploy shop/it.yaml --x`, or FILE"},
		"a blank":           {"deploy FILE", []string{"my it's.yaml"}, false, `run ` + "`" + `swarmgrid deploy 'my it'\''s.yaml' --x` + "`, or FILE"},
		"an escape":         {"deploy FILE", []string{"a\x1b"}, false, "run `swarmgrid deploy 'a\\u001b' --x`, or FILE"},
		"standard input":    {"plan FILE|URL|-", []string{"-"}, false, "run `swarmgrid deploy FILE --x`, or FILE"},
		"a URL":             {"plan FILE|URL|-", []string{"http://a"}, false, "run `swarmgrid deploy FILE --x`, or FILE"},
		"none":              {"run FILE|URL|-", nil, false, "run `swarmgrid deploy FILE --x`, or FILE"},
		"not a file's":      {"report DIR", []string{"results"}, false, "run `swarmgrid deploy FILE --x`, or FILE"},
		"the driver's copy": {"run FILE|URL|-", []string{"/etc/it.yaml"}, true, "run `swarmgrid deploy FILE --x`, or FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			env := &Env{Stderr: visible{&out}}
			cmd := &cobra.Command{Use: test.use}
			cmd.Flags().Bool("in-cluster", false, "")
			if test.flag {
				if err := cmd.Flags().Set("in-cluster", "true"); err != nil {
					t.Fatal(err)
				}
			}
			nameFile(env, cmd, test.args)
			const message = "run `swarmgrid deploy FILE --x`, or FILE"
			if n, err := env.Stderr.Write([]byte(message)); n != len(message) || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
			if out.String() != test.want {
				t.Errorf("%s\nwant %s", out.String(), test.want)
			}
		})
	}
}
