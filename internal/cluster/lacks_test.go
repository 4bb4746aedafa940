package cluster

import (
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
)

func TestWhatItLacks(t *testing.T) {
	exp := runstest.Project(t, "file: locustfile.py", map[string]string{"locustfile.py": "#", "helper.py": "", "lib/auth.py": "", "data/users.csv": ""})
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
	builtin := runstest.Experiment(t, "")
	if got := whatItLacks(builtin, "ModuleNotFoundError: No module named 'faker'"); got != "" {
		t.Errorf("of a load that is not a person's: %q", got)
	}
}

// TestWhatHides: a file that is named like a module of Python's own is told only where the
// output blames that module, and the file goes along.
func TestWhatHides(t *testing.T) {
	exp := runstest.Project(t, "file: locustfile.py", map[string]string{
		"locustfile.py": "import queue, random, xml, common", "queue.py": "", "random.py": "", "xml/__init__.py": "", "common.py": "", "email.py": "",
	})
	const queue = "\nqueue.py beside the locustfile hides Python's own module queue, which other packages import; give it another name"
	for name, tc := range map[string]struct{ output, want string }{
		"an attribute":      {"AttributeError: module 'queue' has no attribute 'Full'", queue},
		"with advice":       {"AttributeError: module 'queue' has no attribute 'Full' (consider renaming '/scripts/queue.py' since it has the same name as the standard library module named 'queue' and prevents importing that standard library module)", queue},
		"half-way":          {"AttributeError: partially initialized module 'queue' has no attribute 'Full' (most likely due to a circular import)", queue},
		"a name":            {"ImportError: cannot import name 'choice' from 'random' (/scripts/random.py)", strings.ReplaceAll(queue, "queue", "random")},
		"a name, half-way":  {"ImportError: cannot import name 'choice' from partially initialized module 'random' (most likely due to a circular import)", strings.ReplaceAll(queue, "queue", "random")},
		"a part of it":      {"ModuleNotFoundError: No module named 'queue.x'; 'queue' is not a package", queue},
		"a package":         {"ModuleNotFoundError: No module named 'xml.etree'", "\nxml/__init__.py beside the locustfile hides Python's own module xml, which other packages import; give it another name"},
		"not Python's own":  {"AttributeError: module 'common' has no attribute 'x'", ""},
		"not along":         {"AttributeError: module 'email' has no attribute 'x'", ""},
		"another's":         {"AttributeError: module 'json' has no attribute 'x'", ""},
		"an object, not it": {"AttributeError: 'queue' object has no attribute 'x'", ""},
		"quoted":            {"ValueError: AttributeError: module 'queue' has no attribute 'x'", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := whatItLacks(exp, "its last output:\nTraceback (most recent call last):\n"+tc.output+"\n"); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
