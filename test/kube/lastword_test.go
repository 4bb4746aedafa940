//go:build cluster

package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// inject adds a container to every driver pod of the namespace, as a service mesh does. It
// never ends by itself.
func (s *shell) inject() {
	s.t.Helper()
	policies, bindings := s.client.AdmissionregistrationV1().MutatingAdmissionPolicies(), s.client.AdmissionregistrationV1().MutatingAdmissionPolicyBindings()
	patch := fmt.Sprintf(`[JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "mesh", image: %q,
		securityContext: Object.spec.containers.securityContext{allowPrivilegeEscalation: false,
			capabilities: Object.spec.containers.securityContext.capabilities{drop: ["ALL"]}}}}]`, imageInference)
	policy := &admissionv1.MutatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: s.ns},
		Spec: admissionv1.MutatingAdmissionPolicySpec{
			ReinvocationPolicy: admissionv1.NeverReinvocationPolicy,
			MatchConstraints: &admissionv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: s.ns}},
				ObjectSelector:    &metav1.LabelSelector{MatchLabels: map[string]string{manifests.LabelComponent: manifests.ComponentDriver}},
				ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Create},
					Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
				}}},
			},
			Mutations: []admissionv1.Mutation{{
				PatchType: admissionv1.PatchTypeJSONPatch, JSONPatch: &admissionv1.JSONPatch{Expression: patch},
			}},
		},
	}
	binding := &admissionv1.MutatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: s.ns}, Spec: admissionv1.MutatingAdmissionPolicyBindingSpec{PolicyName: s.ns},
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = bindings.Delete(ctx, s.ns, metav1.DeleteOptions{}) // it may not have been made
		_ = policies.Delete(ctx, s.ns, metav1.DeleteOptions{})
	})
	if _, err := policies.Create(s.t.Context(), policy, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := bindings.Create(s.t.Context(), binding, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	s.awaitInjection()
}

// awaitInjection tries the policy until the API server applies it.
func (s *shell) awaitInjection() {
	s.t.Helper()
	probe := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "probe", Labels: map[string]string{manifests.LabelComponent: manifests.ComponentDriver}},
		Spec:       restricted(imageInference, 65532, nil),
	}
	eventually(s.t, 30*time.Second, "the policy", func() error {
		pod, err := s.client.CoreV1().Pods(s.ns).Create(s.t.Context(), probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && len(pod.Spec.Containers) < 2 {
			err = errNotYet
		}
		return err
	})
}

// TestInjectedContainer: runs end although their pods, and so their Jobs, do not.
func TestInjectedContainer(t *testing.T) {
	s := newShell(t, smallWith("swarm", "2s", "1h"))
	s.inject()
	few := []string{"it.yaml", "--replicas", "1", "--workers", "1", "--users", "10", "--spawn-rate", "10"}
	got := s.must(0, append([]string{"all", "--out", "r"}, few...)...)
	if !strings.Contains(got.err, "is kept running by container mesh; Job locust-load-test-matrix was deleted, the results are kept") {
		t.Error("it is not told why the Job had to be ended")
	}
	s.allSuccess(s.journal("r"), 1)

	_, id, _ := strings.Cut(s.must(0, "submit", "it.yaml").err, "submitted run ") // and nobody watches
	eventually(t, time.Minute, "the run's last word", func() error {
		status, err := s.client.CoreV1().ConfigMaps(s.ns).Get(t.Context(), "locust-load-test-matrix-status", metav1.GetOptions{})
		text := status.Data["status.json"]
		if err == nil && !(strings.Contains(text, strings.TrimSpace(id)) && strings.Contains(text, `"finished":true`)) {
			err = errNotYet
		}
		return err
	})
	s.must(0, append([]string{"deploy"}, few...)...)
	if got := s.must(0, "submit", "it.yaml", "--discard-results"); !strings.Contains(got.err, "Job locust-load-test-matrix deleted") {
		t.Error("it is not told that the Job of the run before was ended")
	}
}

// TestDriverWithoutAPIServer: a driver that cannot reach the API server says so in its log.
func TestDriverWithoutAPIServer(t *testing.T) {
	away := "    driver: {env: {KUBERNETES_SERVICE_HOST: 127.0.0.1}, resources: {requests: {cpu: 20m, memory: 32Mi}}}"
	own := smallWith("swarm", "2s", "1h")
	s := newShell(t, own[:strings.Index(own, "    driver:")]+away)
	few := []string{"--replicas", "1", "--workers", "1", "--users", "10"}
	s.must(0, append([]string{"deploy", "it.yaml"}, few...)...)
	s.must(0, "submit", "it.yaml")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := &lockedBuffer{}
	monitor := s.command(ctx, "monitor", "it.yaml")
	monitor.Stderr = said
	if err := monitor.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = monitor.Wait(); t.Log(said.String()) }()
	const trying = "trying to reach the API server at https://127.0.0.1:443: dial tcp"
	pod, after := s.firstLine(trying)
	if after > 5*time.Second+time.Second { // the kubelet's clock has whole seconds
		t.Errorf("the driver said what it tries after %v", after)
	}
	said.await(t, func(text string) bool {
		return strings.Contains(text, "has not reported anything since it started at ") && strings.Contains(text, trying)
	})
	if err := s.client.CoreV1().Pods(s.ns).Delete(t.Context(), pod, metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(0))}); err != nil {
		t.Fatal(err)
	}
	said.await(t, func(text string) bool {
		return strings.Contains(text, "pod "+pod+" is gone") || strings.Contains(text, "pod "+pod+" ended with exit code")
	})
}

// firstLine waits for a line in the log of the driver's pod, and tells how long after the
// driver's start it was written.
func (s *shell) firstLine(text string) (pod string, after time.Duration) {
	s.t.Helper()
	eventually(s.t, time.Minute, "the driver's log", func() error {
		pods, err := s.client.CoreV1().Pods(s.ns).List(s.t.Context(), metav1.ListOptions{LabelSelector: driverPods})
		if err != nil || len(pods.Items) == 0 || len(pods.Items[0].Status.ContainerStatuses) == 0 || pods.Items[0].Status.ContainerStatuses[0].State.Running == nil {
			return errors.Join(err, errNotYet)
		}
		pod = pods.Items[0].Name
		log, err := s.client.CoreV1().Pods(s.ns).GetLogs(pod, &corev1.PodLogOptions{Timestamps: true}).DoRaw(s.t.Context())
		for line := range strings.Lines(string(log)) {
			at, rest, _ := strings.Cut(line, " ")
			if when, bad := time.Parse(time.RFC3339Nano, at); bad == nil && strings.Contains(rest, text) {
				after = when.Sub(pods.Items[0].Status.ContainerStatuses[0].State.Running.StartedAt.Time)
				return nil
			}
		}
		return errors.Join(err, errNotYet)
	})
	return pod, after
}

// lockedBuffer is the output so far of a command that is still running.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *lockedBuffer) await(t *testing.T, match func(string) bool) {
	t.Helper()
	eventually(t, time.Minute, "the command's word", func() error {
		if !match(b.String()) {
			return errNotYet
		}
		return nil
	})
}
