package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// readyLoad adds a load whose pods are ready, and lets the caller forward ports or not.
func readyLoad(t *testing.T, client *fake.Clientset, mayForward bool) *manifests.Set {
	t.Helper()
	set, err := manifests.Build(readingExperiment(t), manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*appsv1.Deployment{set.Master, set.Worker} {
		d.Namespace = "default"
		n := *d.Spec.Replicas
		d.Status = appsv1.DeploymentStatus{Replicas: n, ReadyReplicas: n, UpdatedReplicas: n}
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: d.Name + "-1", Namespace: "default", Labels: d.Spec.Template.Labels}}
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		if err := errors.Join(client.Tracker().Add(d), client.Tracker().Add(pod)); err != nil {
			t.Fatal(err)
		}
	}
	client.PrependReactor("create", "selfsubjectaccessreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: mayForward}}, nil
	})
	return set
}

// TestRegistrationWithoutPortForward says at once that the master cannot be asked, and
// does not try for five minutes.
func TestRegistrationWithoutPortForward(t *testing.T) {
	for _, tt := range []struct {
		name       string
		may        bool
		note, fail string
	}{
		{name: "known beforehand", note: "not checked: whether the workers are registered with the master, since you may not create pods/portforward in namespace default"},
		{name: "found out", may: true, fail: "asking the master who has registered: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, client := fakeCluster(t)
				set := readyLoad(t, client, tt.may)
				c.Forward = func(context.Context, string, int) (string, func(), error) {
					if !tt.may {
						t.Error("the master was asked")
					}
					return "", nil, denied("pods", "locust-master-1", "no port-forward here")
				}
				var notes []string
				begin := time.Now()
				err := c.waitRegistered(t.Context(), runstest.Experiment(t, ""), set, DeployOptions{Note: func(text string) { notes = append(notes, text) }})
				if (err != nil) != (tt.fail != "") || err != nil && !strings.Contains(err.Error(), tt.fail) {
					t.Errorf("error %v, want %q", err, tt.fail)
				}
				if got := strings.Join(notes, "\n"); got != tt.note {
					t.Errorf("notes %q, want %q", got, tt.note)
				}
				if took := time.Since(begin); took > 0 {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
