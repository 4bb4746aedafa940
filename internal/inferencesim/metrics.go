package inferencesim

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what GET /metrics shows, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	latency  prometheus.Histogram
	waited   prometheus.Histogram
	served   prometheus.Histogram
	inFlight prometheus.Gauge
}

func newMetrics(q *Queue) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "inference_requests_total",
			Help: "Predictions answered, by HTTP status code; 499: the client left first.",
		}, []string{"code"}),
		latency: newSeconds("inference_request_duration_seconds", "Time from a prediction's request to its answer, whatever the status."),
		waited:  newSeconds("inference_wait_seconds", "Time that a served prediction waited in the queue."),
		served:  newSeconds("inference_service_seconds", "Time that a served prediction was in service, as measured."),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "inference_in_flight", Help: "Predictions being handled, waiting ones included.",
		}),
	}
	m.registry.MustRegister(m.requests, m.latency, m.waited, m.served, m.inFlight,
		newQueueGauge("inference_queue_length", "Predictions waiting for a server.", func() int { n, _ := q.Load(); return n }),
		newQueueGauge("inference_in_service", "Predictions in service.", func() int { _, n := q.Load(); return n }),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// newSeconds is a histogram of times from 1 ms to 65 s, a factor of 2 apart.
func newSeconds(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.001, 2, 17),
	})
}

func newQueueGauge(name, help string, count func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
		func() float64 { return float64(count()) })
}

func (m *metrics) answered(code int, took time.Duration) {
	m.requests.WithLabelValues(strconv.Itoa(code)).Inc()
	m.latency.Observe(took.Seconds())
}

func (m *metrics) servedJob(t Times) {
	m.waited.Observe(t.Waited.Seconds())
	m.served.Observe(t.Served.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
