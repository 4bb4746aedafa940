//go:build cluster

package kube

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
)

func TestNodeIsReady(t *testing.T) {
	nodes, err := connect(t).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range nodes.Items {
		for _, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
				return
			}
		}
	}
	t.Errorf("none of %d nodes is ready", len(nodes.Items))
}

// TestScale scales a service as a campaign does, and sees its endpoints follow.
func TestScale(t *testing.T) {
	client := connect(t)
	ns := namespace(t, client)
	deployInference(t, client, ns)
	for _, replicas := range []int32{1, 3, 1} {
		scale := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: "inference", Namespace: ns}, Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
		if _, err := client.AppsV1().Deployments(ns).UpdateScale(t.Context(), "inference", scale, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		took := awaitEndpoints(t, client, ns, int(replicas))
		t.Logf("%d replicas are ready endpoints after %s", replicas, took.Round(10*time.Millisecond))
	}
}

func deployInference(t *testing.T, client *kubernetes.Clientset, ns string) {
	t.Helper()
	deployTarget(t, client, ns, 1)
}

// deployTarget starts the simulated service with some arguments of its own.
func deployTarget(t *testing.T, client *kubernetes.Clientset, ns string, replicas int32, args ...string) {
	t.Helper()
	labels := map[string]string{"app": "inference"}
	spec := restricted(imageInference, 65532, nil, append([]string{"--listen", ":8000"}, args...)...)
	spec.Containers[0].ReadinessProbe = &corev1.Probe{
		PeriodSeconds: 1,
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(8000)}},
	}
	_, err := client.AppsV1().Deployments(ns).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "inference"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CoreV1().Services(ns).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "inference"},
		Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 8000}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// awaitEndpoints waits until the service has exactly that many endpoints, all ready.
func awaitEndpoints(t *testing.T, client *kubernetes.Clientset, ns string, want int) time.Duration {
	t.Helper()
	return eventually(t, time.Minute, fmt.Sprintf("%d endpoints", want), func() error {
		slices, err := client.DiscoveryV1().EndpointSlices(ns).List(t.Context(), metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=inference"})
		if err != nil {
			return err
		}
		ready, all := 0, 0
		for _, slice := range slices.Items {
			for _, endpoint := range slice.Endpoints {
				all++
				if endpoint.Conditions.Ready != nil && *endpoint.Conditions.Ready {
					ready++
				}
			}
		}
		if ready != want || all != want {
			return fmt.Errorf("%d of %d endpoints are ready", ready, all)
		}
		return nil
	})
}

// TestServiceFromPod reaches a service by its short and its full name.
func TestServiceFromPod(t *testing.T) {
	client := connect(t)
	ns := namespace(t, client)
	deployInference(t, client, ns)
	awaitEndpoints(t, client, ns, 1)
	script := fmt.Sprintf(`
import socket, time, urllib.error, urllib.request
full = socket.gethostbyname("inference.%s.svc.cluster.local")
assert socket.gethostbyname("inference") == full, "two names, two addresses"
deadline = time.monotonic() + 20
while True:  # kube-proxy learns of endpoints a moment after the API server has them
    try:
        print(urllib.request.urlopen("http://inference:8000/healthz", timeout=5).status, full)
        break
    except urllib.error.URLError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.2)`, ns)
	got := runToEnd(t, client, ns, "resolve", restricted(imageLocust, 1000, []string{"python3", "-c", script}))
	service, err := client.CoreV1().Services(ns).Get(t.Context(), "inference", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "200 " + service.Spec.ClusterIP; got != want {
		t.Errorf("the pod says %q, want %q", got, want)
	}
}

func TestLocustImage(t *testing.T) {
	client := connect(t)
	got := runToEnd(t, client, namespace(t, client), "locust", restricted(imageLocust, 1000, nil, "--version"))
	if !strings.HasPrefix(got, "locust 2.47.0 ") {
		t.Errorf("locust --version = %q", got)
	}
}

func TestSwarmgridImage(t *testing.T) {
	client := connect(t)
	got := runToEnd(t, client, namespace(t, client), "swarmgrid", restricted(imageSwarmgrid, 65532, nil, "--version"))
	if !regexp.MustCompile(`^swarmgrid \S+`).MatchString(got) {
		t.Errorf("swarmgrid --version = %q", got)
	}
}

// TestUnsafePodIsRefused shows that the namespaces of these tests really restrict pods.
func TestUnsafePodIsRefused(t *testing.T) {
	client := connect(t)
	spec := restricted(imageSwarmgrid, 65532, nil)
	spec.SecurityContext.RunAsNonRoot = nil
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "unsafe"}, Spec: spec}
	_, err := client.CoreV1().Pods(namespace(t, client)).Create(t.Context(), pod, metav1.CreateOptions{})
	if err == nil || !strings.Contains(err.Error(), "runAsNonRoot != true") {
		t.Errorf("error = %v, want Pod Security's", err)
	}
}

// TestMetrics sees the CPU of a pod through metrics.k8s.io, which the testbed must
// have; other clusters may do without.
func TestMetrics(t *testing.T) {
	if os.Getenv(envTestbed) == "" {
		t.Logf("not our testbed: it need not have metrics-server")
		return
	}
	client := connect(t)
	ns := namespace(t, client)
	deployInference(t, client, ns)
	took := eventually(t, 2*time.Minute, "metrics of the pod", func() error {
		data, err := client.RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/namespaces/" + ns + "/pods").DoRaw(t.Context())
		if err != nil {
			return err
		}
		var list struct {
			Items []struct {
				Containers []struct {
					Usage map[string]string `json:"usage"`
				} `json:"containers"`
			} `json:"items"`
		}
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		if len(list.Items) == 0 || len(list.Items[0].Containers) == 0 || list.Items[0].Containers[0].Usage["cpu"] == "" {
			return errNotYet
		}
		return nil
	})
	t.Logf("metrics after %s", took.Round(time.Second))
}

// TestGuard checks that a request to a Service that does not exist ends on this machine.
// Other clusters than the testbed have other networks and no guard.
func TestGuard(t *testing.T) {
	if os.Getenv(envTestbed) == "" {
		t.Logf("not our testbed: the guard of its network is not there to be tested")
		return
	}
	rules, err := exec.Command("iptables", "-S", "SWARMGRID-GUARD-OUT").CombinedOutput()
	if err != nil || !strings.Contains(string(rules), "-d 10.89.0.0/16 -j REJECT") {
		t.Fatalf("the guard is not in place, so nothing is tried: %v\n%s", err, rules) // a packet would leave
	}
	const nobody = "10.89.255.254:80"
	conn, err := net.DialTimeout("tcp", nobody, 5*time.Second)
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialling %s: %v, %v; want a refused connection", nobody, conn, err)
	}
	client := connect(t)
	script := `
import socket
try:
    socket.create_connection(("10.89.255.254", 80), timeout=5)
except OSError as e:
    print(type(e).__name__)`
	got := runToEnd(t, client, namespace(t, client), "guard", restricted(imageLocust, 1000, []string{"python3", "-c", script}))
	if got != "ConnectionRefusedError" {
		t.Errorf("from a pod: %q, want a refused connection", got)
	}
}
