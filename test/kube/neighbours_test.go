//go:build cluster

package kube

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// The project has a module and a package beside the locustfile, one that is imported while
// the load runs, and data in and above its folder.
const (
	neighboursMain = `import os
import common
from lib.auth import task_name
from locust import HttpUser, constant, task

names = open("names.txt").read().split()
above = open(os.path.join(os.path.dirname(__file__), "..", "data", "users.bin"), "rb").read()
assert above[:2] == b"\xff\xfe", above[:2]

class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def visit(self):
        import late
        self.client.get("/healthz", name=task_name(names[0], common.WORD, late.WORD))
`
	neighboursAuth = "from . import words\ndef task_name(*parts):\n    return \"-\".join((words.WORD,) + parts)\n"
)

func (l *lab) project(main string) {
	l.t.Helper()
	for name, text := range map[string]string{
		"load/locustfile.py": main, "load/common.py": "WORD = \"common\"\n", "load/late.py": "WORD = \"late\"\n",
		"load/lib/__init__.py": "", "load/lib/auth.py": neighboursAuth, "load/lib/words.py": "WORD = \"lib\"\n",
		"load/names.txt": "ann bob\n", "data/users.bin": "\xff\xfe" + strings.Repeat("u", 900_000), "data/more": strings.Repeat("m", 200_000),
	} {
		if err := os.MkdirAll(filepath.Dir(l.path(name)), 0o755); err != nil {
			l.t.Fatal(err)
		}
		l.file(name, text)
	}
}

// TestNeighbours: a locustfile imports and opens what is beside it as on one machine, in
// workers that a Job drives and in those that this machine does; and what its pod lacks
// is told with the step that mends it.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	e := experiment{engine: "locust", load: ", file: load/locustfile.py, files: [load/names.txt, data]"}
	l := newLab(t, e)
	l.project("import no_such_package\n")
	l.refused(1, "the image has no module no_such_package, and no no_such_package.py is beside the locustfile; build an image that has its package", "deploy")
	l.project(neighboursMain)
	const differs = "ConfigMap locust-scripts does not match the experiment; "
	l.refused(1, differs+"run `swarmgrid deploy ", "submit")
	l.refused(1, differs+"run `swarmgrid deploy ", "run")
	if said := l.run("plan", "--cluster").errors(); !strings.Contains(said, "note: "+differs+"run `swarmgrid deploy ") || !strings.Contains(said, " is ready for `swarmgrid deploy ") {
		t.Errorf("plan says:\n%s", said)
	}
	said := l.run("deploy").errors()
	for _, want := range []string{
		"beside the locustfile: common.py, late.py, lib/__init__.py, lib/auth.py, lib/words.py (imported), ../data/more, ../data/users.bin, names.txt (load.files); ",
		"ConfigMap locust-scripts-1 changed", // by what the first imports
	} {
		if !strings.Contains(said, want) {
			t.Errorf("deploy does not say %q:\n%s", want, said)
		}
	}
	l.run("submit")
	l.run("monitor")
	l.run("results", "--out", "r")
	l.wantVisits("r")
	if _, err := os.Stat(l.path("r/scripts/load/lib/auth.py")); err != nil {
		t.Error(err)
	}
	l.run("run", "--out", "here")
	l.wantVisits("here")

	e.load = ", file: load/locustfile.py, files: [load/names.txt, data/users.bin]"
	l.write(e)
	if said := l.run("deploy").errors(); !strings.Contains(said, "ConfigMap locust-scripts-1 deleted") {
		t.Errorf("what nobody needs any more stays:\n%s", said)
	}
	if said := l.run("deploy").errors(); !strings.Contains(said, " 0 created, 0 changed, 0 deleted,") {
		t.Errorf("the second deploy says:\n%s", said)
	}
	l.run("cleanup")
	left, err := l.client.CoreV1().ConfigMaps(l.ns).List(t.Context(), metav1.ListOptions{LabelSelector: manifests.AppSelector})
	if err != nil || len(left.Items) > 0 {
		t.Errorf("%d ConfigMaps are left, %v", len(left.Items), err)
	}
}

// wantVisits wants every request to bear the name that all of the neighbours made.
func (l *lab) wantVisits(dir string) {
	l.t.Helper()
	journal := l.journal(dir)
	l.wantSuccess(journal, 1)
	for _, r := range journal.Records {
		if r.Status != result.Success {
			continue
		}
		var names []string
		for _, e := range r.Measured.Endpoints {
			names = append(names, e.Name)
		}
		if diff := cmp.Diff([]string{"lib-ann-common-late"}, names); diff != "" {
			l.t.Errorf("requests of %v (-want +got)\n%s", r.Key, diff)
		}
	}
}
