//go:build cluster

package kube

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ownService is the section of the guide that has a test of its own.
const ownService = "Your own service"

// TestGuide runs the commands of docs/kubernetes.md as they are, in their order, in a
// directory that looks like the checkout, and on a node with two processors.
func TestGuide(t *testing.T) {
	s := newNewcomer(t)
	before := s.everything()
	if ran := s.follow(func(section string) bool { return section != ownService }); ran < 17 {
		t.Errorf("only %d commands found", ran)
	}
	s.allSuccess(s.journal("results/first"), 4)
	s.allSuccess(s.journal("results/second"), 4)
	s.allSuccess(s.journal("results/from-here"), 2)
	s.kubectl(nil, "delete", "-f", filepath.Join(s.dir, "deploy", "inference.yaml"))
	s.nothingLeft(before)
}

// ownTime is what a newcomer may wait for results from a service of his own, beside the windows.
const ownTime = 3 * time.Minute

// TestOwnService is a newcomer with a Deployment and a Service, who has read one section.
func TestOwnService(t *testing.T) {
	s := newNewcomer(t)
	s.kubectl(nil, "apply", "-f", filepath.Join(s.dir, "examples", "shop", "kubernetes.yaml"))
	s.kubectl(nil, "rollout", "status", "deployment/shop")
	before, begin := s.everything(), time.Now()
	ran := s.follow(func(section string) bool { return section == ownService })
	took := time.Since(begin)
	s.nothingLeft(before)
	if ran != 5 { // two of them make the service
		t.Errorf("%d commands found", ran)
	}
	journal := s.journal("results/shop")
	s.allSuccess(journal, 4)
	var windows time.Duration
	for _, r := range journal.Records {
		windows += time.Duration(r.Phases.Measure * float64(time.Second))
	}
	t.Logf("%v in all, %v of it windows", took.Round(time.Second), windows)
	if took-windows > ownTime {
		t.Errorf("took %v beside the windows, want at most %v", took-windows, ownTime)
	}
}

// newNewcomer is a shell in an empty namespace, with a copy of what the guide uses.
func newNewcomer(t *testing.T) *shell {
	t.Helper()
	s := newShell(t, "")
	s.kubectl(nil, "delete", "deployment,service", "inference")
	s.kubectl(nil, "wait", "--for=delete", "pod", "-l", "app=inference", "--timeout=60s")
	s.copyTree("deploy")
	s.copyTree("examples")
	s.config = s.ownKubeconfig()
	return s
}

// follow runs the commands of the guide's sections that are wanted, and counts them.
func (s *shell) follow(wanted func(section string) bool) (ran int) {
	s.t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "kubernetes.md"))
	if err != nil {
		s.t.Fatal(err)
	}
	env := append(os.Environ(), "KUBECONFIG="+s.config,
		"PATH="+filepath.Dir(s.program)+":"+filepath.Join(os.Getenv(envTestbed), "bin")+":"+os.Getenv("PATH"))
	for _, section := range strings.Split(string(page), "\n## ") {
		title, text, _ := strings.Cut(section, "\n")
		if !wanted(title) {
			continue
		}
		for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
			for line := range strings.Lines(block[1]) {
				ran++
				s.shellLine(line, env)
			}
		}
	}
	return ran
}

// judged are the exit codes of a run that was measured and found too slow, or too close to call,
// as it may be where many tests share two processors.
func judged(code int) bool { return code == 3 || code == 5 }

func (s *shell) shellLine(line string, env []string) {
	s.t.Helper()
	begin := time.Now()
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", line)
	cmd.Dir, cmd.Env = s.dir, env
	out, err := cmd.CombinedOutput()
	if err != nil && !judged(cmd.ProcessState.ExitCode()) {
		s.t.Fatalf("$ %s%v\n%s", line, err, out)
	}
	s.t.Logf("%5.1fs $ %s", time.Since(begin).Seconds(), strings.TrimSpace(line))
	s.ownImages("shop") // what init has written
}

// copyTree copies a folder of the checkout.
func (s *shell) copyTree(name string) {
	s.t.Helper()
	if err := os.CopyFS(filepath.Join(s.dir, name), os.DirFS(filepath.Join("..", "..", name))); err != nil {
		s.t.Fatal(err)
	}
	s.ownImages(name)
}

// ownImages puts in the image under test where that has another name than the default.
func (s *shell) ownImages(folder string) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, folder, "*.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err == nil && ownImage() != imageSwarmgrid {
			err = os.WriteFile(path, regexp.MustCompile(regexp.QuoteMeta(imageSwarmgrid)+`\b`).ReplaceAll(text, []byte(ownImage())), 0o644)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// ownKubeconfig is a copy whose context has the test's namespace.
func (s *shell) ownKubeconfig() string {
	s.t.Helper()
	data, err := os.ReadFile(os.Getenv(envKubeconfig))
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.dir, "kubeconfig")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.kubectl(nil, "config", "set-context", "--current", "--namespace="+s.ns, "--kubeconfig="+path)
	return path
}

// random is what a controller adds to the names of what it makes.
var random = regexp.MustCompile(`(-[a-z0-9]{5,10})+$`)

// everything lists the objects of the namespace, of every kind that the API server can list
// but events, and what has our label outside of it. Of names that controllers make up, the
// beginning is told.
func (s *shell) everything() []string {
	s.t.Helper()
	var names []string
	for _, line := range named(s.kubectl(nil, "get", s.kinds("--namespaced=true"), "-o", "name")) {
		kind, name, _ := strings.Cut(line, "/")
		switch kind, _, _ = strings.Cut(kind, "."); kind {
		case "pod", "replicaset", "endpointslice":
			line = kind + "/" + random.ReplaceAllString(name, "-…")
		}
		names = append(names, line)
	}
	names = append(names, named(s.kubectl(nil, "get", s.kinds("--namespaced=false"), "-l", "app.kubernetes.io/managed-by=swarmgrid", "-o", "name"))...)
	slices.Sort(names)
	return names
}

// named are the lines of kubectl's that name an object; it warns of old kinds in between.
func named(out string) []string {
	return slices.DeleteFunc(strings.Split(out, "\n"), func(line string) bool { return !strings.Contains(line, "/") || strings.Contains(line, " ") })
}

// kinds are all that the API server can list, but for events, which tell what was, and the
// metrics of pods, which lag behind them.
func (s *shell) kinds(which string) string {
	s.t.Helper()
	kinds := strings.Fields(s.kubectl(nil, "api-resources", "--verbs=list", which, "-o", "name"))
	kinds = slices.DeleteFunc(kinds, func(kind string) bool {
		return strings.HasPrefix(kind, "events") || strings.HasSuffix(kind, ".metrics.k8s.io") || kind == "componentstatuses"
	})
	return strings.Join(kinds, ",")
}

// nothingLeft waits for pods that are ending, and wants no difference otherwise.
func (s *shell) nothingLeft(before []string) {
	s.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		diff := cmp.Diff(before, s.everything())
		if diff == "" {
			return
		}
		if time.Now().After(deadline) || !bytes.Contains([]byte(diff), []byte("pod/")) {
			s.t.Errorf("something is left (-before +after):\n%s", diff)
			return
		}
		time.Sleep(time.Second)
	}
}
