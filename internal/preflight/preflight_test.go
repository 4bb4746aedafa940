package preflight

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"
)

// TestPreflightTellsNoAnswerFromNo keeps an API server's trouble from being a verdict on the objects.
func TestPreflightTellsNoAnswerFromNo(t *testing.T) {
	resource := schema.GroupResource{Group: "apps", Resource: "deployments"}
	for _, tt := range []struct {
		name    string
		err     error
		problem bool
	}{
		{"too busy", apierrors.NewTooManyRequests("wait", 1), false},
		{"shutting down", apierrors.NewServiceUnavailable("bye"), false},
		{"not there", apierrors.NewNotFound(resource, "inference"), true},
		{"no scale", errors.New("Deployment inference has no scale subresource"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newFakeAPI(t, deployment("inference", 1))
			c.dynamic.PrependReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, tt.err })
			var f Findings
			err := c.preflight(nil).objects(t.Context(), &f)
			if got := len(f.Refusals()) > 0; got != tt.problem || (err == nil) != tt.problem {
				t.Errorf("refusals %s, error %v", strings.Join(f.Lines(), "; "), err)
			}
		})
	}
}

// TestNotDeployedYet makes one note of all that deploy is still to make, and of nothing else;
// whoever needs it now is refused.
func TestNotDeployedYet(t *testing.T) {
	master, worker := deployment("locust-master", 1), deployment("locust-worker", 1)
	const note = "note: not deployed yet: namespace shop has no "
	const next = "; run `swarmgrid deploy FILE`, or `swarmgrid all FILE` to deploy and run"
	for name, test := range map[string]struct {
		there  []*unstructured.Unstructured
		later  bool
		theirs bool
		want   []string
	}{
		"all there":        {there: []*unstructured.Unstructured{deployment("inference", 1), master, worker}, later: true},
		"nothing of it":    {there: []*unstructured.Unstructured{deployment("inference", 1)}, later: true, want: []string{note + "Deployment locust-master and no Deployment locust-worker" + next}},
		"no worker":        {there: []*unstructured.Unstructured{deployment("inference", 1), master}, later: true, want: []string{note + "Deployment locust-worker" + next}},
		"no target":        {there: []*unstructured.Unstructured{master, worker}, later: true, want: []string{"target: there is no Deployment inference in namespace shop; see spec.target"}},
		"needed now":       {there: []*unstructured.Unstructured{deployment("inference", 1), master}, want: []string{"worker: there is no Deployment locust-worker in namespace shop; `swarmgrid deploy FILE` creates it"}},
		"not ours to make": {there: []*unstructured.Unstructured{deployment("inference", 1), master}, later: true, theirs: true, want: []string{"worker: there is no Deployment locust-worker"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newFakeAPI(t, test.there...).preflight(func(in *Inspection) {
				in.Config.Master, in.Config.Worker = "locust-master", "locust-worker"
				in.Set, in.Deploys = aSet(t, ""), test.later
				if test.theirs {
					in.Set.Master, in.Set.Worker = nil, nil
				}
			})
			var f Findings
			if err := p.objects(t.Context(), &f); err != nil {
				t.Fatal(err)
			}
			wantLines(t, f, test.want...)
			if got, want := f.Undeployed(), len(test.want) == 1 && strings.HasPrefix(test.want[0], note); got != want || got && len(f.Refusals()) > 0 {
				t.Errorf("undeployed is %v, want %v", got, want)
			}
		})
	}
}
