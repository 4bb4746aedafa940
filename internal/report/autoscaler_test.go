package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// scaled is a run against a Deployment, with a price.
func scaled() *sheet {
	axes := small([]int{1, 2, 3, 4}, []int{4}, []int{100, 200, 400, 800})
	s := newSheet(axes, latencySLO()...)
	s.run.Header.Identity["spec.target.scaleTargetRef"] = "apps/v1/Deployment/shop/inference"
	s.run.Header.Pricing = &v1alpha1.Pricing{PodHour: .12, Currency: "EUR"}
	return s.fill(axes.Keys())
}

// autoscalerCase knows all that there is to know: a pod uses up to 90 % of what it requests.
func autoscalerCase() *sheet {
	s := scaled()
	from := 1
	for i := range s.run.Records {
		r := &s.run.Records[i]
		replicas := float64(r.Key.Replicas)
		r.Observed.TargetUsage = &result.Usage{Source: "cadvisor", CPUCores: r.Measured.RPS * .0045, CPURequests: new(.5 * replicas)}
		if r.Key.Replicas > from {
			r.ScaleUp = &result.ScaleUp{From: from, To: r.Key.Replicas, Scheduled: new(0.), Ready: new(9 + replicas), Routed: new(9.4 + replicas)}
			from = r.Key.Replicas
			r.Series = courseOf(r)
		}
	}
	return s
}

// courseOf is an even load, whose first second has no answer yet.
func courseOf(r *result.Record) *result.Series {
	start := r.Started.Unix() + 1
	s := &result.Series{Start: start, Step: 1, Source: result.SeriesOfSlices}
	for second := start; second < r.Measured.Start.Unix()+120; second++ {
		rate := r.Measured.RPS
		if second == start {
			rate = 0
		}
		s.RPS, s.Failed, s.P50 = append(s.RPS, rate), append(s.Failed, 0), append(s.P50, r.Measured.Latency.P50)
	}
	return s
}

// autoscalerByRate has pods that request no CPU, a name that YAML would take for something
// else, a text of somebody else's in its doubts, and no scale-up.
func autoscalerByRate() *sheet {
	s := scaled()
	s.run.Header.Identity["spec.target.scaleTargetRef"] = "v1/ReplicationController/on/123"
	for i := range s.run.Records {
		r := &s.run.Records[i]
		r.Observed.TargetUsage = &result.Usage{Source: "cadvisor", CPUCores: 1}
		r.Warnings = []string{nasty + "\nspec: {minReplicas: 99}"}
	}
	return s
}

// autoscalerNone needs one replica for each load.
func autoscalerNone() *sheet {
	axes := small([]int{1, 2}, []int{4}, []int{100})
	s := newSheet(axes, latencySLO()...)
	s.run.Header.Identity["spec.target.scaleTargetRef"] = "apps/v1/Deployment/shop/inference"
	return s.fill(axes.Keys())
}

// scaledObject is the part of KEDA's keda.sh/v1alpha1 ScaledObject that is written, as its
// documentation has it.
type scaledObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec struct {
		ScaleTargetRef  autoscalingv2.CrossVersionObjectReference `json:"scaleTargetRef"`
		MinReplicaCount *int32                                    `json:"minReplicaCount"`
		MaxReplicaCount *int32                                    `json:"maxReplicaCount"`
		Advanced        struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior *autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type     string            `json:"type"`
			Metadata map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// read decodes both objects of an hpa.yaml strictly: an unknown field is an error.
func read(t *testing.T, text []byte) (hpa autoscalingv2.HorizontalPodAutoscaler, keda scaledObject) {
	t.Helper()
	first, second, ok := bytes.Cut(text, []byte("---\n"))
	if !ok {
		t.Fatalf("no second document in\n%s", text)
	}
	if err := yaml.UnmarshalStrict(first, &hpa); err != nil {
		t.Fatal(err)
	}
	var bare strings.Builder
	for i, line := range strings.Split(string(second), "\n") {
		if i < 2 { // it says what to do about the rest
			continue
		}
		bare.WriteString(strings.TrimPrefix(line, "# ") + "\n")
	}
	if err := yaml.UnmarshalStrict([]byte(bare.String()), &keda); err != nil {
		t.Fatalf("%v in\n%s", err, bare.String())
	}
	return hpa, keda
}

func TestAutoscalerFile(t *testing.T) {
	hpa, keda := read(t, render(t, autoscalerCase())["hpa.yaml"])
	ref := autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "inference"}
	if hpa.Name != "inference" || hpa.Namespace != "shop" || hpa.APIVersion != "autoscaling/v2" || hpa.Spec.ScaleTargetRef != ref {
		t.Errorf("it is %s/%s for %+v", hpa.Namespace, hpa.Name, hpa.Spec.ScaleTargetRef)
	}
	// 100 users pass with 1 and with 2, 400 with 3, 800 with none. 400 users give each of 3 pods
	// 250.04 / 3 requests a second of 4.5 ms, 75 % of half a core; divided by 1.2 that is 62 %.
	if *hpa.Spec.MinReplicas != 2 || hpa.Spec.MaxReplicas != 3 {
		t.Errorf("%d to %d replicas, want 2 to 3", *hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas)
	}
	if m := hpa.Spec.Metrics; len(m) != 1 || m[0].Resource == nil || *m[0].Resource.Target.AverageUtilization != 62 {
		t.Errorf("metrics %+v", m)
	}
	if b := hpa.Spec.Behavior; b.ScaleUp.Policies[0].PeriodSeconds != 15 || *b.ScaleDown.StabilizationWindowSeconds != 300 {
		t.Errorf("behavior %+v", b)
	}
	if diff := cmp.Diff(hpa.Spec.Behavior, keda.Spec.Advanced.HorizontalPodAutoscalerConfig.Behavior); diff != "" {
		t.Errorf("KEDA's behavior differs:\n%s", diff)
	}
	if keda.Spec.ScaleTargetRef != ref || *keda.Spec.MinReplicaCount != 2 || *keda.Spec.MaxReplicaCount != 3 || keda.Spec.Triggers[0].Type != "prometheus" {
		t.Errorf("KEDA's object is %+v", keda)
	}
}

// TestAutoscalerForeign: neither a name nor a text of somebody else's changes what is written.
func TestAutoscalerForeign(t *testing.T) {
	hpa, keda := read(t, render(t, autoscalerByRate())["hpa.yaml"])
	if hpa.Name != "123" || hpa.Namespace != "on" || hpa.Spec.ScaleTargetRef.APIVersion != "v1" || *hpa.Spec.MinReplicas != 2 {
		t.Errorf("it is %s/%s for %+v with at least %d", hpa.Namespace, hpa.Name, hpa.Spec.ScaleTargetRef, *hpa.Spec.MinReplicas)
	}
	if hpa.Spec.Behavior != nil || keda.Spec.Advanced.HorizontalPodAutoscalerConfig.Behavior != nil {
		t.Error("it has a behavior that nothing backs")
	}
	pods := hpa.Spec.Metrics[0].Pods
	if pods == nil || pods.Target.AverageValue.String() != keda.Spec.Triggers[0].Metadata["threshold"] {
		t.Errorf("metric %+v, KEDA's threshold %v", hpa.Spec.Metrics[0], keda.Spec.Triggers[0].Metadata)
	}
}

// TestAutoscalerTakenBack: a file that another SLO does not back any more does not stay.
func TestAutoscalerTakenBack(t *testing.T) {
	dir := t.TempDir()
	run := throughJournal(t, autoscalerCase().run)
	path := filepath.Join(dir, "hpa.yaml")
	if err := WriteAll(dir, run); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	strict := run.JudgedBy(result.SLO{Objectives: []v1alpha1.Objective{{Metric: "p95", Below: "1ms"}}, Gate: v1alpha1.GateAnswer})
	if err := WriteAll(dir, strict); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("hpa.yaml is still there: %v", err)
	}
}

// TestOtherPrice: a run that is continued with another price has not changed its SLO.
func TestOtherPrice(t *testing.T) {
	s := autoscalerCase()
	dearer := result.SLO{Objectives: s.run.Header.SLO, Gate: s.run.Header.Gate, Pricing: &v1alpha1.Pricing{PodHour: 1, Currency: "USD"}}
	s.run.Amendments = []result.Amendment{{After: len(s.run.Records), SLO: &dearer}}
	m, err := New(throughJournal(t, s.run))
	if err != nil {
		t.Fatal(err)
	}
	if m.SLOFrom != FromStart || m.Pricing.Currency != "USD" || m.Costs[0].PerHour != 1 {
		t.Errorf("SLO from %s, price %+v, first cost %+v", m.SLOFrom, m.Pricing, m.Costs[0].PerHour)
	}
}
