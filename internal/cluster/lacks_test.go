package cluster

import (
	"strings"
	"testing"
)

func TestWhatItLacks(t *testing.T) {
	exp := project(t, "file: locustfile.py", map[string]string{"locustfile.py": "#", "helper.py": "", "lib/auth.py": "", "data/users.csv": ""})
	const trace = "; its last output:\nTraceback (most recent call last):\n  File \"/scripts/locustfile.py\", line 1, in <module>\n"
	for name, tc := range map[string]struct{ output, want string }{
		"a package":         {trace + "ModuleNotFoundError: No module named 'faker'\n", "the image has no module faker, and no faker.py is beside the locustfile; build an image that has its package, and name it in spec.cluster.locustImage"},
		"a part of one":     {trace + "ModuleNotFoundError: No module named 'google.cloud'; 'google' is not a package", "the image has no module google.cloud, and no google.py"},
		"a module":          {trace + "ModuleNotFoundError: No module named 'helper'", "the pod has no module helper; helper.py is beside the locustfile: add it to spec.load.files, and deploy again"},
		"a folder's module": {trace + "ModuleNotFoundError: No module named 'lib.auth'", "the pod has no module lib.auth; lib is beside the locustfile: add it to spec.load.files"},
		"a file":            {trace + "FileNotFoundError: [Errno 2] No such file or directory: 'data/users.csv'", "the pod has no file data/users.csv; it is beside the locustfile: add it to spec.load.files"},
		"a file nowhere":    {trace + "FileNotFoundError: [Errno 2] No such file or directory: 'users.csv'", ""},
		"an absolute file":  {trace + "FileNotFoundError: [Errno 2] No such file or directory: '/etc/x'", ""},
		"another end":       {trace + "ZeroDivisionError: division by zero", ""},
		"quoted":            {trace + "ValueError: ModuleNotFoundError: No module named 'x'", ""},
		"nothing":           {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := whatItLacks(exp, tc.output)
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q in it", got, tc.want)
			}
		})
	}
	builtin := testExperiment(t, "")
	if got := whatItLacks(builtin, "ModuleNotFoundError: No module named 'faker'"); got != "" {
		t.Errorf("of a load that is not a person's: %q", got)
	}
}
