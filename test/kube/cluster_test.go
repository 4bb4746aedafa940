//go:build cluster

// Package kube tests against a real Kubernetes: the testbed of test/cluster, or any
// other cluster that has the images. `make e2e-cluster` runs it; docs/testbed.md says how.
package kube

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// envKubeconfig names the cluster; it is not KUBECONFIG, so that no production cluster is
	// loaded because a shell happened to have that set.
	envKubeconfig = "SWARMGRID_TEST_KUBECONFIG"
	// envTestbed is set when the cluster is our own testbed on this machine.
	envTestbed = "SWARMGRID_TEST_TESTBED"

	imageSwarmgrid = "swarmgrid.dev/swarmgrid:dev"
	imageInference = "swarmgrid.dev/inference-sim:dev"
	imageLocust    = "swarmgrid.dev/locust:2.47.0"
)

// connect returns a client for the cluster under test.
func connect(t *testing.T) *kubernetes.Clientset {
	t.Helper()
	path := os.Getenv(envKubeconfig)
	if path == "" {
		t.Fatalf("%s is not set, so there is no cluster; run through `make e2e-cluster`, which starts one", envKubeconfig)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS, config.Burst = 100, 200 // polling is not throttled
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// namespace makes a namespace that admits only restricted pods; it is deleted with the test.
func namespace(t *testing.T, client *kubernetes.Clientset) string {
	t.Helper()
	ns, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "swarmgrid-test-",
		Labels:       map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := client.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("deleting the test's namespace: %v", err)
		}
	})
	eventually(t, 20*time.Second, "the namespace's service account", func() error {
		_, err := client.CoreV1().ServiceAccounts(ns.Name).Get(t.Context(), "default", metav1.GetOptions{})
		return err
	})
	return ns.Name
}

// eventually polls ok until it returns nil, and returns how long that took.
func eventually(t *testing.T, limit time.Duration, what string, ok func() error) time.Duration {
	t.Helper()
	begin := time.Now()
	for {
		err := ok()
		if err == nil {
			return time.Since(begin)
		}
		if time.Since(begin) > limit {
			t.Fatalf("waiting for %s: not within %s: %v", what, limit, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func ptr[T any](v T) *T { return &v }

// restricted is a pod that Pod Security's strictest profile admits, with a read-only
// root and an empty /tmp.
func restricted(image string, uid int64, command []string, args ...string) corev1.PodSpec {
	return corev1.PodSpec{
		AutomountServiceAccountToken:  ptr(false),
		EnableServiceLinks:            ptr(false),
		TerminationGracePeriodSeconds: ptr(int64(1)),
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: ptr(true), RunAsUser: &uid,
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Volumes: []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
		Containers: []corev1.Container{{
			Name: "main", Image: image, Command: command, Args: args, ImagePullPolicy: corev1.PullIfNotPresent,
			SecurityContext: &corev1.SecurityContext{
				AllowPrivilegeEscalation: ptr(false), ReadOnlyRootFilesystem: ptr(true),
				Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			},
			VolumeMounts: []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
		}},
	}
}

// runToEnd runs a pod until it has succeeded, and returns its output.
func runToEnd(t *testing.T, client *kubernetes.Clientset, ns, name string, spec corev1.PodSpec) string {
	t.Helper()
	spec.RestartPolicy = corev1.RestartPolicyNever
	pods := client.CoreV1().Pods(ns)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec}
	if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	var phase corev1.PodPhase
	eventually(t, time.Minute, "pod "+name, func() error {
		got, err := pods.Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		phase = got.Status.Phase
		if phase != corev1.PodSucceeded && phase != corev1.PodFailed {
			return fmt.Errorf("it is %s: %+v", phase, got.Status.ContainerStatuses)
		}
		return nil
	})
	logs, err := pods.GetLogs(name, &corev1.PodLogOptions{}).DoRaw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if phase != corev1.PodSucceeded {
		t.Fatalf("pod %s: %s\n%s", name, phase, logs)
	}
	return strings.TrimSpace(string(logs))
}

var errNotYet = errors.New("not yet")
