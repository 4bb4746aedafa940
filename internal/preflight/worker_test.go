package preflight

import (
	"context"
	"net/http"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// TestLookLeavesOthersWorkers asks from no worker of another experiment with the same
// names, and from none that a run is loading.
func TestLookLeavesOthersWorkers(t *testing.T) {
	labelled := func(experiment string, more ...string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			worker(pod)
			pod.Labels[manifests.LabelExperiment] = experiment
			if len(more) > 0 {
				pod.Labels = map[string]string{manifests.LabelExperiment: experiment, manifests.LabelComponent: more[0]}
			}
		}
	}
	ended := func(pod *corev1.Pod) {
		labelled("it", manifests.ComponentDriver)(pod)
		pod.Status.Phase = corev1.PodSucceeded
	}
	const proxied = "note: the target was checked through the API server's proxy, which is not the load's route: "
	for name, test := range map[string]struct {
		pods []*corev1.Pod
		want []string
	}{
		"its own":               {pods: []*corev1.Pod{aPod("w", labelled("it"))}},
		"another's beside":      {pods: []*corev1.Pod{aPod("a", labelled("other")), aPod("w", labelled("it"))}},
		"another's":             {pods: []*corev1.Pod{aPod("a", labelled("other"))}, want: []string{proxied + "the existing workers (pod a) are not this experiment's"}},
		"a run's":               {pods: []*corev1.Pod{aPod("w", labelled("it")), aPod("d", labelled("it", manifests.ComponentDriver))}, want: []string{proxied + "a run of this experiment is using its workers (pod d)"}},
		"of a run that is over": {pods: []*corev1.Pod{aPod("w", labelled("it")), aPod("d", ended)}},
		"another runs":          {pods: []*corev1.Pod{aPod("w", labelled("it")), aPod("d", labelled("other", manifests.ComponentDriver))}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t, deployment("inference", 1), deployment("locust-worker", 1))
			for _, pod := range test.pods {
				c.must(c.typed.Tracker().Add(pod))
			}
			host, _ := standIn(t, http.StatusOK, "")
			p := c.preflight(func(in *Inspection) {
				in.Config.REST.Host, in.Config.Worker, in.Experiment = host, "locust-worker", "it"
				in.Load = Load{Swarmfile: []byte("spec: {}"), Try: tryOne}
				in.Exec = func(_ context.Context, pod, _ string, _ []string, _ []byte) ([]byte, error) {
					if pod != "w" {
						t.Errorf("pod %s is asked", pod)
					}
					return []byte(`{"tried":true}`), nil
				}
			}).prepare(t)
			var f Findings
			p.look(t.Context(), &f)
			wantLines(t, f, test.want...)
		})
	}
}

// TestOwnPodLeavesOthers does not take away the pod of another experiment's look.
func TestOwnPodLeavesOthers(t *testing.T) {
	c := newFakeAPI(t, deployment("inference", 1))
	other := aPod("locust-worker-try", func(pod *corev1.Pod) {
		pod.Labels = map[string]string{manifests.LabelPart: manifests.PartTry, manifests.LabelExperiment: "other"}
	})
	c.must(c.typed.Tracker().Add(other))
	host, _ := standIn(t, http.StatusOK, "")
	p := c.preflight(func(in *Inspection) {
		in.Config.REST.Host, in.Config.Worker, in.Set, in.Experiment, in.Look = host, "locust-worker", aSet(t, ""), "it", LookWithPod
		in.Load = Load{Swarmfile: []byte("spec: {}"), Try: tryOne}
	})
	var f Findings
	p.look(t.Context(), &f)
	wantLines(t, f, "note: the target was checked through the API server's proxy, which is not the load's route: creating pod locust-worker-try for it")
	if _, err := c.typed.CoreV1().Pods(testNamespace).Get(t.Context(), other.Name, metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}
