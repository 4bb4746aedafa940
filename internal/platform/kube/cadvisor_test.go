package kube

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

const cadvisorText = `# HELP container_cpu_usage_seconds_total Cumulative cpu time consumed in seconds.
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods/x",image="",name="",namespace="shop",pod="a"} 100 1606200000000
container_cpu_usage_seconds_total{container="main",cpu="total",id="/kubepods/x/y",image="i\"},{",name="n",namespace="shop",pod="a"} 1.5 1606200000000
container_cpu_usage_seconds_total{container="sidecar",cpu="total",namespace="shop",pod="a"} 0.5
container_cpu_usage_seconds_total{container="main",cpu="total",namespace="other",pod="a"} 7
container_cpu_usage_seconds_total{container="main",cpu="total",namespace="shop",pod="stranger"} 7
container_cpu_cfs_periods_total{container="main",namespace="shop",pod="a"} 200
container_cpu_cfs_throttled_periods_total{container="main",namespace="shop",pod="a"} 50
container_memory_working_set_bytes{container="main",namespace="shop",pod="a"} 1.048576e+06
container_memory_working_set_bytes{container="sidecar",namespace="shop",pod="a"} 1000
container_spec_cpu_shares{container="main",namespace="shop",pod="a"} 2
machine_cpu_cores{boot_id="x"} 2
container_cpu_usage_seconds_total{container="main
container_cpu_usage_seconds_total
`

func TestCadvisor(t *testing.T) {
	asked := time.Unix(1606200009, 0)
	got := platform.Usage{At: asked, Counters: map[string]platform.UsageCounters{}}
	addCadvisor(&got, []byte(cadvisorText), "shop", map[string]string{"a": "a/1"})
	want := platform.Usage{At: asked, Memory: 1048576 + 1000, Counters: map[string]platform.UsageCounters{
		"a/1 main":    {At: time.UnixMilli(1606200000000), CPUSeconds: 1.5, Periods: 200, ThrottledPeriods: 50},
		"a/1 sidecar": {At: asked, CPUSeconds: 0.5},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzCadvisor(f *testing.F) {
	f.Add([]byte(cadvisorText))
	f.Add([]byte(`container_x{a="\`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		u := platform.Usage{Counters: map[string]platform.UsageCounters{}}
		addCadvisor(&u, text, "shop", map[string]string{"a": "a/1"})
	})
}

func TestPodMetrics(t *testing.T) {
	item := func(stamp, cpu string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"timestamp": stamp, "window": "15s",
			"containers": []any{map[string]any{"name": "main", "usage": map[string]any{"cpu": cpu, "memory": "20Mi"}}},
		}}
	}
	got := platform.Usage{ByReplica: map[string]float64{}}
	addPodMetrics(&got, "a/1", item("2026-01-01T00:00:10Z", "250m"))
	addPodMetrics(&got, "b/2", item("2026-01-01T00:00:05Z", "500000000n"))
	want := platform.Usage{ByReplica: map[string]float64{"a/1": .25, "b/2": .5}, Replicas: 2, CPU: 0.75, Memory: 40 << 20, Window: 15 * time.Second, At: time.Date(2026, 1, 1, 0, 0, 5, 0, time.UTC)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
