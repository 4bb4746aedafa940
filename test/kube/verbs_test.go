//go:build cluster

package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// envImage names another image of swarmgrid than the testbed's.
const envImage = "SWARMGRID_TEST_IMAGE"

// shell runs the program as a person does, in a directory of its own.
type shell struct {
	t       *testing.T
	client  *kubernetes.Clientset
	ns, dir string
	program string
	// config is the kubeconfig to use; empty means the cluster administrator's.
	config string
}

// newShell makes a namespace with the sample target in it, and an experiment. From here on
// the test runs in parallel with others.
func newShell(t *testing.T, experiment string) *shell {
	t.Helper()
	t.Parallel()
	client := connect(t)
	s := &shell{t: t, client: client, ns: namespace(t, client), dir: t.TempDir(), program: program}
	s.sampleTarget()
	experiment = strings.NewReplacer("IMAGE", ownImage(), "LOCUST", imageLocust).Replace(experiment)
	if err := os.WriteFile(filepath.Join(s.dir, "it.yaml"), []byte(experiment), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

func ownImage() string {
	if image := os.Getenv(envImage); image != "" {
		return image
	}
	return imageSwarmgrid
}

func (s *shell) sampleTarget() {
	s.t.Helper()
	text, err := manifests.YAML(manifests.Sample(imageInference)...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.kubectl(bytes.ReplaceAll(text, []byte("cpu: 100m"), []byte("cpu: 20m")), "apply", "-f", "-")
}

// kubectl runs the testbed's kubectl, or the one on the PATH, in the namespace.
func (s *shell) kubectl(stdin []byte, args ...string) string {
	s.t.Helper()
	out, err := s.tryKubectl(stdin, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *shell) tryKubectl(stdin []byte, args ...string) (string, error) {
	program := "kubectl"
	if dir := os.Getenv(envTestbed); dir != "" {
		program = filepath.Join(dir, "bin", "kubectl")
	}
	cmd := exec.CommandContext(s.t.Context(), program, append([]string{"--kubeconfig", os.Getenv(envKubeconfig), "-n", s.ns}, args...)...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// output is a command's output and exit code.
type output struct {
	out, err string
	code     int
}

func (s *shell) do(args ...string) output {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Minute)
	defer cancel()
	cmd := s.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	s.t.Logf("swarmgrid %s: %d\n%s%s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), errs.String(), out.String())
	return output{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func (s *shell) command(ctx context.Context, args ...string) *exec.Cmd {
	config := s.config
	if config == "" {
		config = os.Getenv(envKubeconfig)
	}
	args = append(args, "-n", s.ns, "--kubeconfig", config)
	cmd := exec.CommandContext(ctx, s.program, args...)
	cmd.Dir = s.dir
	return cmd
}

// must expects a command to end with a code.
func (s *shell) must(code int, args ...string) output {
	s.t.Helper()
	got := s.do(args...)
	if got.code != code {
		s.t.Fatalf("swarmgrid %s ended with %d, want %d", strings.Join(args, " "), got.code, code)
	}
	return got
}

// journal reads the results that are on this machine.
func (s *shell) journal(dir string) *result.Run {
	s.t.Helper()
	r, err := rundir.Read(filepath.Join(s.dir, dir))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range []string{"auto_summary.csv", "auto_summary.md", "auto_failures.csv", "summary.json", "report.html"} {
		if _, err := os.Stat(filepath.Join(s.dir, dir, name)); err != nil {
			s.t.Error(err)
		}
	}
	return r
}

func (s *shell) allSuccess(r *result.Run, want int) {
	s.t.Helper()
	rows := r.Rows()
	if len(rows) != want {
		s.t.Errorf("%d rows, want %d", len(rows), want)
	}
	for _, row := range rows {
		if row.Status != result.Success {
			s.t.Errorf("%v: %s", row.Key, row.StatusText())
		}
	}
}

func (s *shell) targetReplicas() int32 {
	s.t.Helper()
	d, err := s.client.AppsV1().Deployments(s.ns).Get(s.t.Context(), "inference", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return *d.Spec.Replicas
}

// inventory lists every object of the namespace except what the control plane makes itself.
func (s *shell) inventory() []string {
	s.t.Helper()
	kinds := "deployments,statefulsets,services,configmaps,secrets,serviceaccounts,roles,rolebindings,leases,networkpolicies,jobs,cronjobs,persistentvolumeclaims,horizontalpodautoscalers"
	lines := strings.Fields(s.kubectl(nil, "get", kinds, "-o", "name"))
	slices.Sort(lines)
	return lines
}

const small = `
apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: it}
spec:
  target: {scaleTargetRef: {name: inference}}
  load: {engine: ENGINE}
  matrix: {replicas: [1, 2], workers: [1, 2], users: [10, 20]}
  measure: {duration: SECONDS, cooldown: 1s, settle: 1s, attempts: 20}
  cluster:
    image: IMAGE
    locustImage: LOCUST
    ttl: TTL
    master: {resources: {requests: {cpu: 20m, memory: 64Mi}}}
    worker: {resources: {requests: {cpu: 20m, memory: 64Mi}}}
    driver: {resources: {requests: {cpu: 20m, memory: 32Mi}}}
`

func smallWith(engine, seconds, ttl string, more ...string) string {
	return strings.NewReplacer("ENGINE", engine, "SECONDS", seconds, "TTL", ttl).Replace(small) + strings.Join(more, "")
}

// TestVerbs goes through a whole campaign, verb by verb.
func TestVerbs(t *testing.T) {
	s := newShell(t, smallWith("swarm", "5s", "1h"))
	before := s.inventory()
	deploy := []string{"deploy", "it.yaml", "--workers", "1", "--users", "10"}
	const deployed = "workers 1 and users 10 as deployed (deploy --workers 1 --users 10); the file has workers 1,2 and users 10,20\n"

	if got := s.must(1, "submit", "it.yaml"); !strings.Contains(got.err, "not deployed yet: there is no Role locust-driver-role; run `swarmgrid deploy it.yaml` first") {
		t.Error("submit without deploy does not say what to do")
	}
	if got := s.must(0, deploy...); !strings.Contains(got.err, "Deployment locust-worker created") {
		t.Error("deploy does not say what it made")
	}
	if got := s.must(0, deploy...); !strings.Contains(got.err, " 0 created, 0 changed, 0 deleted, ") {
		t.Error("deploy changed something the second time")
	}
	if got := s.must(0, "submit", "it.yaml"); !strings.Contains(got.err, deployed) {
		t.Error("submit does not say what it takes from deploy")
	}
	if got := s.must(1, "submit", "it.yaml"); !strings.Contains(got.err, "is active") {
		t.Error("a second submit was not refused")
	}
	if got := s.must(1, deploy...); !strings.Contains(got.err, "is active") {
		t.Error("a deploy during a run was not refused")
	}
	eventually(t, time.Minute, "the first record", func() error {
		time.Sleep(2 * time.Second) // results does not poll
		if got := s.do("results", "it.yaml", "--out", "partly"); got.code != 0 {
			return errors.New(got.err)
		}
		if len(s.journal("partly").Records) == 0 {
			return errNotYet
		}
		return nil
	})
	if got := s.must(0, "monitor", "it.yaml"); !strings.Contains(got.err, "[2/2] 2 replicas, 1 worker, 10 users") || !strings.Contains(got.err, "run ended") {
		t.Error("monitor does not show the run's progress")
	}
	if got := s.must(1, "submit", "it.yaml"); !strings.Contains(got.err, "never downloaded") {
		t.Error("results could have been overwritten")
	}
	if got := s.must(1, "cleanup", "it.yaml"); !strings.Contains(got.err, "never downloaded") {
		t.Error("results could have been deleted")
	}
	s.must(0, "results", "it.yaml", "--out", "r")
	s.allSuccess(s.journal("r"), 2)
	if n := s.targetReplicas(); n != 2 {
		t.Errorf("the target has %d replicas, had 2", n)
	}
	s.must(0, "cleanup", "it.yaml")
	if diff := cmp.Diff(before, s.inventory()); diff != "" {
		t.Errorf("cleanup leaves something (-before +after):\n%s", diff)
	}
}

// TestResultsAfterTTL deletes the Job and its pods first.
func TestResultsAfterTTL(t *testing.T) {
	s := newShell(t, smallWith("swarm", "3s", "1s"))
	few := []string{"--replicas", "1", "--workers", "1", "--users", "10"}
	s.must(0, append([]string{"deploy", "it.yaml"}, few...)...)
	s.must(0, "submit", "it.yaml")
	s.must(0, "monitor", "it.yaml")
	eventually(t, time.Minute, "the end of the Job's time", func() error {
		jobs, err := s.client.BatchV1().Jobs(s.ns).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		if len(jobs.Items) > 0 {
			return errNotYet
		}
		return nil
	})
	s.must(0, "monitor", "it.yaml") // its exit code is still known
	s.must(0, "results", "it.yaml", "--out", "r")
	s.allSuccess(s.journal("r"), 1)
}

// TestDriverPodDeleted deletes the driver's pod in the middle of a run, under a monitor.
func TestDriverPodDeleted(t *testing.T) {
	s := newShell(t, smallWith("swarm", "4s", "1h"))
	few := []string{"--workers", "1", "--users", "10,20"}
	s.must(0, append([]string{"deploy", "it.yaml"}, few...)...)
	s.must(0, "submit", "it.yaml")
	watched := make(chan output, 1)
	go func() { watched <- s.do("monitor", "it.yaml") }()
	for _, after := range []time.Duration{9 * time.Second, 14 * time.Second} {
		time.Sleep(after) // any moment in the run
		s.deleteDriver()
	}
	got := <-watched
	if got.code != 0 || strings.Count(got.err, "run in ") < 2 {
		t.Errorf("monitor did not follow the run through its pods: %d", got.code)
	}
	s.must(0, "results", "it.yaml", "--out", "r")
	r := s.journal("r")
	s.allSuccess(r, 4)
	final := map[string]int{}
	for _, rec := range r.Records {
		if rec.Terminal {
			final[rec.Key.Slug()]++
		}
	}
	for key, n := range final {
		if n != 1 {
			t.Errorf("%s was finished %d times", key, n)
		}
	}
	if n := s.targetReplicas(); n != 2 {
		t.Errorf("the target has %d replicas, had 2", n)
	}
	lease, err := s.client.CoordinationV1().Leases(s.ns).Get(t.Context(), "swarmgrid-deployment-inference", metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity != nil && *lease.Spec.HolderIdentity != "" {
		t.Errorf("the Lease is not free: %+v, %v", lease.Spec, err)
	}
}

func (s *shell) deleteDriver() {
	s.t.Helper()
	err := s.client.CoreV1().Pods(s.ns).DeleteCollection(s.t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{
		LabelSelector: "component=driver", FieldSelector: "status.phase=" + string(corev1.PodRunning),
	})
	if err != nil {
		s.t.Error(err)
	}
}

// TestCleanupStopsARun cleans up while it is measuring.
func TestCleanupStopsARun(t *testing.T) {
	s := newShell(t, smallWith("swarm", "60s", "1h"))
	before := s.inventory()
	s.must(0, "deploy", "it.yaml")
	s.must(0, "submit", "it.yaml")
	eventually(t, time.Minute, "the target being scaled", func() error {
		if n := s.targetReplicas(); n != 1 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
	s.must(0, "cleanup", "it.yaml", "--discard-results")
	if diff := cmp.Diff(before, s.inventory()); diff != "" {
		t.Errorf("cleanup leaves something (-before +after):\n%s", diff)
	}
	if n := s.targetReplicas(); n != 2 {
		t.Errorf("the target has %d replicas, had 2", n)
	}
}

// TestRunFromHere drives the deployed load from this machine.
func TestRunFromHere(t *testing.T) {
	s := newShell(t, smallWith("swarm", "5s", "1h"))
	s.must(0, "deploy", "it.yaml", "--workers", "1", "--users", "10")
	s.must(0, "run", "it.yaml", "--out", "r")
	s.allSuccess(s.journal("r"), 2)
	if n := s.targetReplicas(); n != 2 {
		t.Errorf("the target has %d replicas, had 2", n)
	}
}
