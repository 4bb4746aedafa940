// Package archtest holds the direction of imports: a package of one level
// imports only lower levels. docs/design.md shows the same table to people, and is
// held to it.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/swarmgrid/swarmgrid"

// levels are the packages of this module from the ground up.
func levels() [][]string {
	return [][]string{
		{ // 0: schemas, pure data and arithmetic, codecs
			"api/v1alpha1", "internal/matrix", "internal/stats", "internal/wire",
			"internal/template", "internal/failure", "internal/baseurl", "internal/builtin", "internal/pyimport", "internal/atomicfile", "internal/words", "internal/httplog", "internal/ownhost", "internal/webconns", "internal/ociimage", "internal/inferencesim", "internal/pylocust", "internal/memtest",
			"internal/queueing", "internal/queueing/queuetest", "internal/stats/steady",
			"internal/alarm", "internal/search",
			"internal/platform",
		},
		{ // 1: what was asked, what was measured, the web API
			"internal/experiment", "internal/result", "internal/locust", "internal/targetlock", "internal/manifests",
			"internal/kubeapi", "internal/stats/interval", "internal/models",
		},
		{ // 2: users, workloads, judgement
			"internal/draft", "internal/httpuser", "internal/platform/platformtest",
			"internal/platform/local", "internal/platform/local/balancer", "internal/platform/kube",
			"internal/analysis", "internal/locust/locustsim", "internal/preflight", "internal/run/flow", "internal/run/timeline", "internal/run/validity", "internal/rundir",
		},
		{ // 3: the load, the campaign, the renderers
			"internal/swarm/master", "internal/swarm/worker", "internal/run", "internal/run/storetest", "internal/report", "internal/look",
		},
		{ // 4: the page, the driver in a cluster, the verbs for one
			"internal/page", "internal/driver", "internal/cluster/runs", "internal/cluster/runs/runstest", "internal/cluster",
		},
		{ // 5: the pages of many runs
			"internal/web",
		},
		{ // 6: wiring
			"internal/cli",
		},
		{ // the programs
			"cmd/swarmgrid", "cmd/inference-sim", "hack/image", "examples/shop",
		},
	}
}

// sameLevel are the imports within a level that are meant: a family's parts.
func sameLevel() map[string][]string {
	return map[string][]string{
		"internal/inferencesim":          {"internal/alarm"},                                                // a stand-in for a service needs nothing else of ours
		"internal/manifests":             {"internal/experiment", "internal/locust", "internal/targetlock"}, // what is deployed follows from the plan and the web API
		"internal/targetlock":            {"internal/experiment"},
		"internal/kubeapi":               {"internal/targetlock", "internal/experiment"},
		"internal/platform/local":        {"internal/platform/local/balancer"},
		"internal/run/storetest":         {"internal/run"},
		"internal/cluster/runs":          {"internal/driver"}, // it reads what a driver writes
		"internal/cluster/runs/runstest": {"internal/driver"},
		"internal/cluster":               {"internal/cluster/runs", "internal/driver"},
		"internal/analysis":              {"internal/run/validity"}, // a doubt that follows from the numbers is one of its rules, too
	}
}

// ban is an import that would be allowed by its level and still must not be.
type ban struct {
	importer, imported string
	reason             string
}

func bans() []ban {
	return []ban{
		{"internal/report", "internal/platform", "reports are made again from disk"},
		{"internal/report", "internal/locust", "reports are made again from disk"},
		{"internal/report", "internal/httpuser", "reports are made again from disk"},
		{"internal/run", "internal/platform/local", "the campaign knows only interfaces"},
		{"internal/run", "internal/httpuser", "the campaign knows only the web API"},
		{"internal/httpuser", "internal/experiment", "the request path knows nothing of YAML"},
		{"internal/swarm/worker", "internal/experiment", "the request path knows nothing of YAML"},
		{"internal/builtin", "", "the files are read by whoever needs them"},
		{"internal/matrix", "", "pure"},
		{"internal/queueing", "", "pure"},
		{"internal/stats/steady", "", "pure"},
		{"examples/shop", "", "it stands for a service of somebody else's"},
	}
}

// outside are the modules that only some packages may import.
func outside() map[string][]string {
	return map[string][]string{
		"k8s.io/": {
			"api/v1alpha1", "internal/httpuser", // apimachinery's types, by way of the schema
			"internal/experiment", // a PodSpec's parts, too
			"internal/targetlock", "internal/manifests", "internal/kubeapi", "internal/driver", "internal/cluster", "internal/cluster/runs", "internal/cluster/runs/runstest", "internal/platform/kube", "internal/preflight",
		},
		"sigs.k8s.io/":                        {"internal/manifests", "internal/cluster", "internal/experiment"},
		"go.yaml.in/":                         {"internal/experiment"},
		"github.com/spf13/":                   {"internal/cli"},
		"github.com/tinylib/msgp":             {"internal/wire"},
		"github.com/HdrHistogram/":            {"internal/stats"},
		"github.com/prometheus/client_golang": {"internal/inferencesim"},
		"gonum.org/":                          {"internal/queueing", "internal/stats/interval", "internal/models"}, // incomplete gamma and beta functions
		"golang.org/x/term":                   {"cmd/swarmgrid"},
		"github.com/chromedp/":                {"test/page/browser"}, // a real browser, for tests
	}
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-tags", "page", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	found := map[string][]string{}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(p.ImportPath, module+"/")] = p.Imports
	}
}

func TestLevels(t *testing.T) {
	level := map[string]int{}
	for n, names := range levels() {
		for _, name := range names {
			level[name] = n
		}
	}
	found := packages(t)
	for name := range level {
		if _, ok := found[name]; !ok {
			t.Errorf("%s is in the table, but there is no such package", name)
		}
	}
	for name, imports := range found {
		own, ok := level[name]
		if strings.HasPrefix(name, "test/") {
			continue // tests may use anything
		}
		if !ok && name != "internal/archtest" {
			t.Errorf("%s has no level; add it to the table", name)
			continue
		}
		for _, imp := range imports {
			checkLevel(t, level, name, own, strings.TrimPrefix(imp, module+"/"), imp)
		}
	}
}

func checkLevel(t *testing.T, level map[string]int, name string, own int, short, imp string) {
	t.Helper()
	if short == imp {
		return // not ours
	}
	for _, allowed := range sameLevel()[name] {
		if allowed == short {
			return
		}
	}
	if level[short] >= own {
		t.Errorf("%s (level %d) imports %s (level %d)", name, own, short, level[short])
	}
}

// onlyForTests are the packages that tests are written with. Nothing else imports them,
// but one another.
func onlyForTests(name string) bool {
	return strings.HasSuffix(name, "test") || name == "internal/pylocust" || name == "internal/locust/locustsim"
}

// TestNoTestsInTheProgram: what is for tests may panic, and keeps all that it sees.
func TestNoTestsInTheProgram(t *testing.T) {
	seen := 0
	for name, imports := range packages(t) {
		if onlyForTests(name) {
			seen++
			continue
		}
		for _, imp := range imports {
			if short, ours := strings.CutPrefix(imp, module+"/"); ours && onlyForTests(short) && !strings.HasPrefix(name, "test/") {
				t.Errorf("%s imports %s, which is for tests only", name, short)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d packages are for tests", seen)
	}
}

func TestBans(t *testing.T) {
	found := packages(t)
	for _, b := range bans() {
		imports, ok := found[b.importer]
		if !ok {
			t.Errorf("a ban names %s, which does not exist", b.importer)
		}
		for _, imp := range imports {
			if short, ours := strings.CutPrefix(imp, module+"/"); ours && (b.imported == "" || short == b.imported) {
				t.Errorf("%s imports %s: %s", b.importer, short, b.reason)
			}
		}
	}
}

func TestOutside(t *testing.T) {
	for name, imports := range packages(t) {
		if strings.HasPrefix(name, "test/") {
			continue // tests may use anything
		}
		for _, imp := range imports {
			for prefix, allowed := range outside() {
				if strings.HasPrefix(imp, prefix) && !contains(allowed, name) {
					t.Errorf("%s imports %s; only %s may", name, imp, strings.Join(allowed, ", "))
				}
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
