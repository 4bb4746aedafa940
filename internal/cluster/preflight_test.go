package cluster

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// TestSubmitWithoutLook tells the driver, too, to leave the target alone.
func TestSubmitWithoutLook(t *testing.T) {
	for _, without := range []bool{true, false} {
		c, client := fakeCluster(t)
		exp := runstest.Experiment(t, "")
		mustDeploy(t, c, exp)
		s, err := c.Submit(t.Context(), exp, SubmitOptions{NoLook: without})
		if err != nil {
			t.Fatal(err)
		}
		job, err := client.BatchV1().Jobs("default").Get(t.Context(), s.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if args := job.Spec.Template.Spec.Containers[0].Args; slices.Contains(args, manifests.NoTry) != without {
			t.Errorf("without a look: %v, the driver runs with %q", without, args)
		}
	}
}

// TestCleanupOfALook takes away the pod of a look that was killed.
func TestCleanupOfALook(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "locust-worker-try", Labels: map[string]string{
		manifests.LabelApp: manifests.App, manifests.LabelExperiment: "it", manifests.LabelPart: manifests.PartTry,
	}}}
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}}); err != nil {
		t.Error(err)
	}
	if _, err := client.CoreV1().Pods("default").Get(t.Context(), pod.Name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the pod is left: %v", err)
	}
}
