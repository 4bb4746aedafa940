package preflight

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
