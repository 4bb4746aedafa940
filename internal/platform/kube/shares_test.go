package kube

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func TestSumOf(t *testing.T) {
	const text = `# HELP inference_requests_total Predictions.
# TYPE inference_requests_total counter
inference_requests_total{code="200"} 250
inference_requests_total{ code = "500", path="/a b" } 4 1606200000000
http_requests_total 7
http_requests_total 1e2 1606200000000
up{} 1
broken{code="200
`
	for counter, want := range map[string]float64{
		"inference_requests_total":              254,
		`inference_requests_total{code="200"}`:  250,
		`inference_requests_total{code!="200"}`: 4,
		`inference_requests_total{path="/a b"}`: 4,
		"http_requests_total":                   107,
		"up":                                    1,
		"not_there":                             0,
	} {
		c, err := experiment.ParseCounter(counter)
		if err != nil {
			t.Fatal(err)
		}
		if got := sumOf([]byte(text), c); got != want {
			t.Errorf("%s: %g, want %g", counter, got, want)
		}
	}
}

// metricsOf serves a pod's metrics at an address; port 0 is any.
func metricsOf(t *testing.T, ip string, port int, text string) int {
	t.Helper()
	l, err := net.Listen("tcp4", net.JoinHostPort(ip, strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/m" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = fmt.Fprint(w, text)
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // what was asked for
}

// TestShares: each pod is asked at its own address, and one that does not say is a
// reason, not a zero.
func TestShares(t *testing.T) {
	port := metricsOf(t, "127.0.0.1", 0, "n_total 7\n")
	metricsOf(t, "127.0.0.2", port, "n_total{a=\"b\"} 2\nn_total{a=\"c\"} 3\n")
	c := newFakeCluster(t, map[string]int{"inference": 2, "locust-master": 0, "locust-worker": 0})
	metrics := &v1alpha1.TargetMetrics{Path: "/m", Port: port, Requests: "n_total"}
	p := c.platform(func(cfg *settings) { cfg.Inside, cfg.Metrics = true, metrics })
	c.must(p.Acquire(t.Context(), platform.Holder{Run: "r", Detail: "test"}))
	t.Cleanup(func() { c.must(p.Release(context.WithoutCancel(t.Context()))) })
	if _, err := p.Shares(t.Context()); err == nil || !strings.Contains(err.Error(), "it has no address yet") {
		t.Errorf("without addresses: %v", err)
	}
	want := map[string]platform.Share{}
	c.change("inference", func() {
		for i, pod := range c.podsOf("inference") {
			pod.Status.PodIP, pod.ResourceVersion = fmt.Sprintf("127.0.0.%d", i+1), c.next()
			want[kubeapi.ReplicaID(pod)] = platform.Share{Requests: []float64{7, 5}[i]}
			c.must(c.typed.Tracker().Update(corev1.SchemeGroupVersion.WithResource("pods"), pod, testNamespace))
		}
	})
	var got platform.Shares
	eventuallySeen(t, p, func(platform.Status) bool {
		var err error
		got, err = p.Shares(t.Context())
		return err == nil
	})
	if diff := cmp.Diff(platform.Shares{Source: "n_total of the pods", Replicas: want}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	metrics.Path = "/elsewhere"
	if _, err := p.Shares(t.Context()); err == nil || !strings.Contains(err.Error(), "404 Not Found") {
		t.Errorf("at another path: %v", err)
	}
}
