//go:build cluster

package kube

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"
)

// dryRun has the API server check an hpa.yaml, as text and strictly, without keeping it.
func dryRun(t *testing.T, client *kubernetes.Clientset, ns string, text []byte) *autoscalingv2.HorizontalPodAutoscaler {
	t.Helper()
	answer, err := client.AutoscalingV2().RESTClient().Post().Namespace(ns).Resource("horizontalpodautoscalers").
		SetHeader("Content-Type", "application/yaml").
		VersionedParams(&metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict}, metav1.ParameterCodec).
		Body(text).SetHeader("Accept", "application/json").DoRaw(t.Context())
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	hpa := &autoscalingv2.HorizontalPodAutoscaler{}
	if err := yaml.Unmarshal(answer, hpa); err != nil {
		t.Fatal(err)
	}
	return hpa
}

// TestProposalsAreValid: the API server takes every hpa.yaml that the reports' tests have.
// KEDA is not in the testbed; those tests hold its object to what its documentation says.
func TestProposalsAreValid(t *testing.T) {
	t.Parallel()
	client := connect(t)
	ns := namespace(t, client)
	files, err := filepath.Glob("../../internal/report/testdata/*/hpa.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		here := regexp.MustCompile(`(?m)^  namespace: .*$`).ReplaceAll(text, []byte("  namespace: "+ns))
		if hpa := dryRun(t, client, ns, here); hpa.UID == "" || hpa.Spec.MaxReplicas < 2 {
			t.Errorf("%s was taken as %+v", file, hpa)
		}
	}
}

// TestProposal: a run against real pods proposes an autoscaler that the API server takes, with
// the time that its new pods took.
func TestProposal(t *testing.T) {
	t.Parallel()
	// One replica serves 10 predictions a second, 40 users ask for twice as many.
	l := newLab(t, experiment{
		replicas: "[1, 3]", users: "[2, 40]",
		measure: quick + "\n  slo: [{metric: p95, below: 1500ms}]",
	}, "--servers", "1", "--service", "fixed", "--mean", "100ms")
	l.run("deploy")
	l.run("run", "--out", "out")
	for _, rec := range l.journal("out").Records {
		t.Logf("%v: %s, scale-up %+v, usage %+v", rec.Key, rec.StatusText(), rec.ScaleUp, rec.Observed.TargetUsage)
	}
	text, err := os.ReadFile(l.path("out/hpa.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", text)
	hpa := dryRun(t, l.client, l.ns, text)
	if hpa.Namespace != l.ns || hpa.Spec.ScaleTargetRef.Name != "inference" || *hpa.Spec.MinReplicas != 1 || hpa.Spec.MaxReplicas != 3 || hpa.Spec.Behavior == nil {
		t.Errorf("it proposes %+v for %s/%s", hpa.Spec, hpa.Namespace, hpa.Spec.ScaleTargetRef.Name)
	}
}
