//go:build cluster

package kube

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
)

const (
	envKubeconfig = "SWARMGRID_TEST_KUBECONFIG"
	// imagePython has a Python, imageServer something that serves /healthz on :8000.
	imagePython = "swarmgrid.dev/locust:2.47.0"
	imageServer = "swarmgrid.dev/inference-sim:dev"
	// foundWith is the target's count before a test.
	foundWith = 2
)

//go:embed testdata/target.py
var targetScript string

// bed is a namespace of its own in a real cluster.
type bed struct {
	t      *testing.T
	config *rest.Config
	client *kubernetes.Clientset
	ns     string
}

func newBed(t *testing.T) *bed {
	t.Helper()
	path := os.Getenv(envKubeconfig)
	if path == "" {
		t.Fatalf("%s is not set, so there is no cluster; run through `make e2e-cluster`, which starts one", envKubeconfig)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	b := &bed{t: t, config: config}
	b.must(err)
	b.config.QPS, b.config.Burst = 100, 200
	b.client, err = kubernetes.NewForConfig(config)
	b.must(err)
	ns, err := b.client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "swarmgrid-kube-"}}, metav1.CreateOptions{})
	b.must(err)
	b.ns = ns.Name
	t.Cleanup(func() {
		if err := b.client.CoreV1().Namespaces().Delete(context.Background(), b.ns, metav1.DeleteOptions{}); err != nil {
			t.Logf("deleting namespace %s: %v", b.ns, err)
		}
	})
	return b
}

func (b *bed) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// poll waits until ok says nothing more.
func (b *bed) poll(what string, ok func() string) time.Duration {
	b.t.Helper()
	began := time.Now()
	for {
		missing := ok()
		if missing == "" {
			return time.Since(began)
		}
		if time.Since(began) > time.Minute {
			b.t.Fatalf("%s: not in time: %s", what, missing)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func ptr[T any](v T) *T { return &v }

// deploy makes a Deployment with a probe that is asked every second.
func (b *bed) deploy(name string, n int, container corev1.Container) {
	b.t.Helper()
	labels := map[string]string{"app": name}
	container.Name, container.ImagePullPolicy = "main", corev1.PullIfNotPresent
	if container.ReadinessProbe == nil {
		container.ReadinessProbe = &corev1.Probe{
			PeriodSeconds: 1, FailureThreshold: 1,
			ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(8000)}},
		}
	}
	_, err := b.client.AppsV1().Deployments(b.ns).Create(b.t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr(int32(n)), Selector: &metav1.LabelSelector{MatchLabels: labels}, //nolint:gosec // small
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
				TerminationGracePeriodSeconds: ptr(int64(5)), EnableServiceLinks: ptr(false), AutomountServiceAccountToken: ptr(false),
				Containers: []corev1.Container{container},
			}},
		},
	}, metav1.CreateOptions{})
	b.must(err)
}

func python(args ...string) corev1.Container {
	return corev1.Container{Image: imagePython, Command: append([]string{"python3", "-c", targetScript}, args...)}
}

func server() corev1.Container {
	return corev1.Container{Image: imageServer, Args: []string{"--listen", ":8000"}}
}

func (b *bed) serve(name string, selector map[string]string) {
	b.t.Helper()
	_, err := b.client.CoreV1().Services(b.ns).Create(b.t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       corev1.ServiceSpec{Selector: selector, Ports: []corev1.ServicePort{{Port: 8000}}},
	}, metav1.CreateOptions{})
	b.must(err)
}

// standard is a target that obeys, and a load that does nothing.
func (b *bed) standard(n int) {
	b.deploy("inference", n, python())
	b.serve("inference", map[string]string{"app": "inference"})
	b.load()
}

func (b *bed) load() {
	b.deploy("locust-master", 0, server())
	b.deploy("locust-worker", 0, server())
}

func (b *bed) settings() settings {
	return settings{Config: kubeapi.Config{
		REST: b.config, Namespace: b.ns,
		Target:  &v1alpha1.ScaleTargetRef{APIVersion: "apps/v1", Kind: "Deployment", Name: "inference"},
		Service: "inference", TargetURL: "http://inference:8000",
		Master: "locust-master", Worker: "locust-worker", MasterPort: 8000,
	}, leaseDuration: 4 * time.Second}
}

func (b *bed) platform(edit func(*settings)) *Platform {
	b.t.Helper()
	cfg := b.settings()
	if edit != nil {
		edit(&cfg)
	}
	cfg, c, err := prepare(cfg)
	p := &Platform{cfg: cfg, clients: c}
	b.must(err)
	b.t.Cleanup(func() { _ = p.Release(context.Background()) })
	return p
}

func (b *bed) pods(name string) []corev1.Pod {
	b.t.Helper()
	list, err := b.client.CoreV1().Pods(b.ns).List(b.t.Context(), metav1.ListOptions{LabelSelector: "app=" + name})
	b.must(err)
	return list.Items
}

// tell sends a word to pods of the target, by way of the API server. One that dies of it does not answer.
func (b *bed) tell(word string, pods ...corev1.Pod) {
	for _, pod := range pods {
		_, _ = b.client.CoreV1().RESTClient().Get().Namespace(b.ns).Resource("pods").
			Name(fmt.Sprintf("%s:8000", pod.Name)).SubResource("proxy").Suffix(word).DoRaw(b.t.Context())
	}
}

func (b *bed) scale(n int) {
	b.t.Helper()
	s, err := b.client.AppsV1().Deployments(b.ns).GetScale(b.t.Context(), "inference", metav1.GetOptions{})
	b.must(err)
	s.Spec.Replicas = int32(n) //nolint:gosec // small
	_, err = b.client.AppsV1().Deployments(b.ns).UpdateScale(b.t.Context(), "inference", s, metav1.UpdateOptions{})
	b.must(err)
}

func (b *bed) count() int {
	b.t.Helper()
	s, err := b.client.AppsV1().Deployments(b.ns).GetScale(b.t.Context(), "inference", metav1.GetOptions{})
	b.must(err)
	return int(s.Spec.Replicas)
}

func (b *bed) subject() *platformtest.Subject {
	return &platformtest.Subject{
		Platform: b.platform(nil),
		Peer:     func(*testing.T) platform.Platform { return b.platform(nil) },
		DieHolding: func(t *testing.T, holder platform.Holder) {
			p := b.platform(nil)
			b.must(p.Acquire(t.Context(), holder))
			b.must(p.Scale(t.Context(), platform.Target, foundWith+2))
			p.held.halt()
			p.held = nil
		},
		Kill: b.kill,
		Hold: func(*testing.T) func() {
			held := b.pods("inference")
			b.tell("hold", held...)
			return func() { b.tell("letgo", held...) }
		},
		BreakReadiness: func(*testing.T) func() {
			b.tell("break", b.pods("inference")...)
			return func() { b.tell("mend", b.pods("inference")...) }
		},
		ScaleElsewhere: func(_ *testing.T, n int) { b.scale(n) },
		Count:          func(*testing.T) int { return b.count() },
		Original:       foundWith,
	}
}

// kill lets a container of the target crash, and deletes a pod of the others.
func (b *bed) kill(t *testing.T, role platform.Role, id string) {
	name := map[platform.Role]string{platform.Target: "inference", platform.Worker: "locust-worker"}[role]
	for _, pod := range b.pods(name) {
		switch {
		case kubeapi.ReplicaID(&pod) != id:
		case role == platform.Target:
			b.tell("exit", pod)
		default:
			b.must(b.client.CoreV1().Pods(b.ns).Delete(t.Context(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(1))}))
		}
	}
}

// TestConforms runs the suite in a real cluster.
func TestConforms(t *testing.T) {
	suite := &platformtest.Suite{
		New: func(t *testing.T) *platformtest.Subject {
			b := newBed(t)
			b.standard(foundWith)
			return b.subject()
		},
		NewUnmanaged: func(t *testing.T) platform.Platform {
			b := newBed(t)
			b.load()
			return b.platform(func(cfg *settings) { cfg.Target = nil })
		},
		NewCrashing: func(t *testing.T) platform.Platform {
			b := newBed(t)
			b.deploy("inference", 0, python(platformtest.CrashOutput))
			b.load()
			return b.platform(func(cfg *settings) { cfg.Service = "" })
		},
		Patience: time.Minute,
	}
	suite.Run(t)
}
