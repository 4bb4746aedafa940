package kube

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

const (
	// scrapes is how many pods are scraped at the same time.
	scrapes = 16
	// maxMetrics bounds the size of one pod's metrics.
	maxMetrics = 8 << 20
)

// Shares implements platform.Sharer by the pods' own request counters.
func (p *Platform) Shares(ctx context.Context) (platform.Shares, error) {
	s, w, err := p.observer(ctx, platform.Target)
	switch {
	case err != nil:
		return platform.Shares{}, err
	case s.cfg.Metrics == nil:
		return platform.Shares{}, errors.New("spec.target.metrics names no counter of requests")
	}
	counter, err := experiment.ParseCounter(s.cfg.Metrics.Requests)
	if err != nil {
		return platform.Shares{}, fmt.Errorf("reading spec.target.metrics.requests: it %w", err)
	}
	out := platform.Shares{Source: s.cfg.Metrics.Requests + " of the pods", Replicas: map[string]platform.Share{}}
	var pods []*corev1.Pod
	for _, pod := range collect[*corev1.Pod](w.pods) {
		if kubeapi.Alive(pod) {
			pods = append(pods, pod)
		}
	}
	counts, errs := make([]float64, len(pods)), make([]error, len(pods))
	var all sync.WaitGroup
	slots := make(chan struct{}, scrapes)
	for i, pod := range pods {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			counts[i], errs[i] = p.requests(ctx, s, pod, counter)
		})
	}
	all.Wait()
	for i, pod := range pods {
		out.Replicas[kubeapi.ReplicaID(pod)] = platform.Share{Requests: counts[i]}
	}
	return out, errors.Join(errs...)
}

// requests is a pod's count. A counter without increments may not be exposed yet.
func (p *Platform) requests(ctx context.Context, s *session, pod *corev1.Pod, counter experiment.Counter) (float64, error) {
	text, err := p.scrape(ctx, s, pod)
	if err != nil {
		return 0, fmt.Errorf("reading the metrics of pod %s: %w", pod.Name, err)
	}
	return sumOf(text, counter), nil
}

// scrape reads a pod's metrics: directly from inside the cluster, through the API server
// from outside.
func (p *Platform) scrape(ctx context.Context, s *session, pod *corev1.Pod) ([]byte, error) {
	m := s.cfg.Metrics
	if !s.cfg.Inside {
		return s.clients.Typed.CoreV1().RESTClient().Get().Namespace(s.cfg.Namespace).Resource("pods").
			Name(fmt.Sprintf("%s:%d", pod.Name, m.Port)).SubResource("proxy").Suffix(m.Path).DoRaw(ctx)
	}
	if pod.Status.PodIP == "" {
		return nil, errors.New("it has no address yet")
	}
	return fetchMetrics(ctx, "http://"+net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(m.Port))+m.Path)
}

// fetchMetrics bypasses proxies: the pod's address is inside the cluster.
func fetchMetrics(ctx context.Context, at string) ([]byte, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/plain;version=0.0.4")
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", at, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxMetrics))
}

// sumOf adds up the series that match a counter.
func sumOf(text []byte, counter experiment.Counter) (sum float64) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if name, labels, value, _, ok := sample(lines.Text()); ok && counter.Matches(name, labels) {
			sum += value
		}
	}
	return sum
}
