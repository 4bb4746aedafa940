//go:build cluster

package kube

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// lab is a namespace with a target, and a laptop's directory.
type lab struct {
	t      *testing.T
	client *kubernetes.Clientset
	ns     string
	dir    string
}

// original is the target's count before every test; no scenario has it.
const original = 3

// newLab starts the target and writes the experiment.
func newLab(t *testing.T, e experiment, serverArgs ...string) *lab {
	t.Helper()
	l := &lab{t: t, client: connect(t), dir: t.TempDir()}
	l.ns = namespace(t, l.client)
	deployTarget(t, l.client, l.ns, original, serverArgs...)
	l.write(e)
	awaitEndpoints(t, l.client, l.ns, original)
	t.Cleanup(func() {
		if t.Failed() {
			l.dump()
		}
	})
	return l
}

// experiment is what differs between tests; zero values are quick.
type experiment struct {
	engine, autoscaler, name          string
	replicas, workers, users, measure string
	load, cluster, service, target    string
}

// quick measures long enough for a disturbance to fall into the window, and again where a
// busy machine starves a worker in it.
const quick = "{duration: 3s, settle: 1s, cooldown: 1s, attempts: 20}"

func (e experiment) yaml(ns string) string {
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	tiny := "{resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 512Mi}}}"
	text := fmt.Sprintf(`apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: %s, namespace: %s}
spec:
  target:
    url: http://%s:8000
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: inference}
    ready: {path: /healthz, timeout: 1m}
    autoscaler: %s%s
  load: {engine: %s, spawnRate: 50%s}
  matrix: {replicas: %s, workers: %s, users: %s}
  measure: %s
  cluster:
    image: %s
    locustImage: %s
    master: %s
    worker: %s
    driver: %s
%s`, or(e.name, "e2e"), ns, or(e.service, "inference"), or(e.autoscaler, "refuse"), e.target, or(e.engine, "swarm"), e.load,
		or(e.replicas, "[1]"), or(e.workers, "[1]"), or(e.users, "[4]"), or(e.measure, quick), image, imageLocust, tiny, tiny, tiny, e.cluster)
	return text
}

func (l *lab) write(e experiment) { l.file("experiment.yaml", e.yaml(l.ns)) }

func (l *lab) file(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

// dump shows what there is when a test has failed.
func (l *lab) dump() {
	ctx := l.t.Context()
	if pods, err := l.client.CoreV1().Pods(l.ns).List(ctx, metav1.ListOptions{}); err == nil {
		for _, pod := range pods.Items {
			l.t.Logf("pod %s: %s", pod.Name, pod.Status.Phase)
		}
	}
}

// command is a swarmgrid process on the laptop.
type command struct {
	l    *lab
	cmd  *exec.Cmd
	done chan struct{}

	mu             sync.Mutex
	stdout, stderr bytes.Buffer
}

type lockedWriter struct {
	c   *command
	buf *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	return w.buf.Write(p)
}

// start runs `swarmgrid VERB experiment.yaml ARGS...`.
func (l *lab) start(verb string, args ...string) *command {
	l.t.Helper()
	return l.startFile(verb, "experiment.yaml", args...)
}

func (l *lab) startFile(verb, file string, args ...string) *command {
	l.t.Helper()
	c := &command{l: l, cmd: exec.Command(program, append([]string{verb, file}, args...)...), done: make(chan struct{})}
	c.cmd.Dir = l.dir
	c.cmd.Env = append(os.Environ(), "KUBECONFIG="+os.Getenv(envKubeconfig))
	c.cmd.Stdout, c.cmd.Stderr = lockedWriter{c, &c.stdout}, lockedWriter{c, &c.stderr}
	if err := c.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait() // the tests look at ProcessState
		close(c.done)
	}()
	l.t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.done
		if l.t.Failed() {
			l.t.Logf("%v: %v\n%s", c.cmd.Args, c.cmd.ProcessState, c.errors())
		}
	})
	return c
}

func (c *command) errors() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stderr.String()
}

func (c *command) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stdout.String()
}

// events are the output of --json so far.
func (c *command) events() (events []run.Event) {
	for line := range strings.SplitSeq(c.output(), "\n") {
		var e run.Event
		if json.Unmarshal([]byte(line), &e) == nil && e.Type != "" {
			events = append(events, e)
		}
	}
	return events
}

func (c *command) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// wait returns the exit code.
func (c *command) wait(within time.Duration) int {
	c.l.t.Helper()
	select {
	case <-c.done:
	case <-time.After(within):
		c.l.t.Fatalf("%v: not done within %s:\n%s", c.cmd.Args, within, c.errors())
	}
	return c.cmd.ProcessState.ExitCode()
}

// awaitEvent waits until n events match.
func (c *command) awaitEvent(n int, what string, match func(run.Event) bool) {
	c.l.t.Helper()
	eventually(c.l.t, 3*time.Minute, what, func() error {
		seen := 0
		for _, e := range c.events() {
			if match(e) {
				seen++
			}
		}
		switch {
		case seen >= n:
			return nil
		case c.ended():
			c.l.t.Fatalf("waiting for %s: the command ended:\n%s", what, c.errors())
		}
		return errNotYet
	})
}

// awaitMeasuring waits until the n-th window is under way.
func (c *command) awaitMeasuring(n int) {
	c.l.t.Helper()
	c.awaitEvent(n, fmt.Sprintf("window %d", n), func(e run.Event) bool { return e.Type == run.PhaseStarted && e.Phase == run.PhaseMeasure })
}

// run runs a verb to its end and expects success.
func (l *lab) run(verb string, args ...string) *command {
	l.t.Helper()
	c := l.start(verb, args...)
	if code := c.wait(5 * time.Minute); code != 0 {
		l.t.Fatalf("swarmgrid %s: exit code %d:\n%s", verb, code, c.errors())
	}
	return c
}

// refused runs a verb that must end with a code and a message; it returns how long that took.
func (l *lab) refused(code int, said string, verb string, args ...string) time.Duration {
	l.t.Helper()
	begin := time.Now()
	c := l.start(verb, args...)
	got, took := c.wait(3*time.Minute), time.Since(begin)
	if got != code || !strings.Contains(c.errors(), said) {
		l.t.Errorf("swarmgrid %s: exit code %d, want %d and %q:\n%s", verb, got, code, said, c.errors())
	}
	lines := strings.Split(strings.TrimSpace(c.errors()), "\n")
	l.t.Logf("swarmgrid %s refused after %s: %s", verb, took.Round(10*time.Millisecond), lines[len(lines)-1])
	return took
}

// journal reads a downloaded run.
func (l *lab) journal(dir string) *result.Run {
	l.t.Helper()
	journal, err := rundir.Read(l.path(dir))
	if err != nil {
		l.t.Fatal(err)
	}
	return journal
}

// wantSuccess checks that every scenario was measured well, exactly once.
func (l *lab) wantSuccess(journal *result.Run, scenarios int) {
	l.t.Helper()
	seen := map[string]int{}
	for _, r := range journal.Records {
		if !r.Terminal {
			continue
		}
		seen[r.Key.String()]++
		if r.Status != result.Success {
			l.t.Errorf("%v: %s: %v", r.Key, r.Status, r.Reasons)
		}
	}
	for key, n := range seen {
		if n != 1 {
			l.t.Errorf("%s has %d final records, want one", key, n)
		}
	}
	if len(seen) != scenarios {
		l.t.Errorf("%d scenarios were measured, want %d", len(seen), scenarios)
	}
}

// statuses are those of all attempts.
func statuses(journal *result.Run) (s []string) {
	for _, r := range journal.Records {
		s = append(s, string(r.Status))
	}
	return s
}

// wantFirstSpoilt: of the attempts at one scenario the first is INVALID and the last is not.
// Between them are only those that a busy machine spoilt.
func (l *lab) wantFirstSpoilt(journal *result.Run) {
	l.t.Helper()
	last := len(journal.Records) - 1
	if last < 1 || journal.Records[0].Status != result.Invalid || journal.Records[last].Status != result.Success {
		l.t.Errorf("the attempts are %v, want INVALID first and SUCCESS last", statuses(journal))
		return
	}
	for _, r := range journal.Records[1:last] {
		for _, why := range r.Reasons {
			if !strings.Contains(why, " stood still for ") {
				l.t.Errorf("an attempt that nobody disturbed is %s: %s", r.Status, why)
			}
		}
	}
}

// wantReports checks that the laptop has the files that people open.
func (l *lab) wantReports(dir string) {
	l.t.Helper()
	entries, err := os.ReadDir(l.path(dir))
	if err != nil {
		l.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, suffix := range []string{".csv", ".md"} {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, suffix) }) {
			l.t.Errorf("no %s among %v", suffix, names)
		}
	}
}

func (l *lab) target() *appsv1.Deployment {
	l.t.Helper()
	d, err := l.client.AppsV1().Deployments(l.ns).Get(l.t.Context(), "inference", metav1.GetOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

// wantRestored checks the target's count and that nobody holds its lock.
func (l *lab) wantRestored() {
	l.t.Helper()
	if n := *l.target().Spec.Replicas; n != original {
		l.t.Errorf("the target has %d replicas, want its original %d", n, original)
	}
	leases, err := l.client.CoordinationV1().Leases(l.ns).List(l.t.Context(), metav1.ListOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, lease := range leases.Items {
		if h := lease.Spec.HolderIdentity; h != nil && *h != "" {
			l.t.Errorf("Lease %s is held by %s", lease.Name, *h)
		}
	}
}

func (l *lab) pods(selector string) []corev1.Pod {
	l.t.Helper()
	list, err := l.client.CoreV1().Pods(l.ns).List(l.t.Context(), metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		l.t.Fatal(err)
	}
	return list.Items
}

// deletePod deletes a pod at once.
func (l *lab) deletePod(selector string) {
	l.t.Helper()
	for _, pod := range l.pods(selector) {
		if pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
			continue
		}
		err := l.client.CoreV1().Pods(l.ns).Delete(l.t.Context(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(0))})
		if err != nil {
			l.t.Fatal(err)
		}
		l.t.Logf("deleted pod %s", pod.Name)
		return
	}
	l.t.Fatalf("no running pod has %s", selector)
}

const (
	driverPods = "component=driver"
	masterPods = "role=master"
	workerPods = "role=worker"
	targetPods = "app=inference"
)

// kill ends a process of this machine, which the node's pods are.
func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
