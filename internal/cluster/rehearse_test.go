package cluster

import (
	"errors"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// refuse makes the fake refuse to apply objects of a resource where deny says so.
func refuse(client *fake.Clientset, resource string, deny func(dry bool, patch []byte) error) {
	client.PrependReactor("patch", resource, func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch, ok := action.(clienttesting.PatchActionImpl)
		if !ok {
			return false, nil, nil
		}
		err := deny(rehearsed(action), patch.GetPatch())
		return err != nil, nil, err
	})
}

// rehearsed tells what is only to be tried.
func rehearsed(action clienttesting.Action) bool {
	patch, ok := action.(clienttesting.PatchActionImpl)
	return ok && len(patch.PatchOptions.DryRun) > 0
}

func denied(resource, name, why string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, name, errors.New(why))
}

func nothingMade(t *testing.T, c *Cluster, selector string) {
	t.Helper()
	left, err := c.remaining(t.Context(), selector, nil)
	if err != nil || len(left) > 0 {
		t.Errorf("there is %v, %v", left, err)
	}
}

// TestDeployMakesAllOrNothing gathers what the API server would refuse, each with its object.
func TestDeployMakesAllOrNothing(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	refuse(client, "networkpolicies", func(bool, []byte) error { return denied("networkpolicies", "n", "a policy says no") })
	refuse(client, "configmaps", func(bool, []byte) error { return denied("configmaps", "c", "you may not") })
	refuse(client, "leases", func(bool, []byte) error { return apierrors.NewBadRequest("the webhook does not support dry run") })
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}})
	want := `deploy would be refused, so it has changed nothing:
  ConfigMap locust-load-test-matrix-status: configmaps "c" is forbidden: you may not
  NetworkPolicy locust-load-test-matrix: networkpolicies "n" is forbidden: a policy says no`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want\n%s", err, want)
	}
	nothingMade(t, c, manifests.Selector(exp.LoadMatrix))
}

// TestDeployWithoutANamespace says it once, and not of each object.
func TestDeployWithoutANamespace(t *testing.T) {
	c, client := fakeCluster(t)
	refuse(client, "*", func(bool, []byte) error {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "default")
	})
	err := c.Deploy(t.Context(), runstest.Experiment(t, ""), DeployOptions{Changed: func(Change) {}})
	if err == nil || err.Error() != "there is no namespace default; create it, or give another with -n" {
		t.Errorf("error %v", err)
	}
}

// TestDeployWithoutTheRightToMakeRoles prints what somebody else has to apply, and
// goes on where the driver has those rights already.
func TestDeployWithoutTheRightToMakeRoles(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	for _, resource := range []string{"roles", "rolebindings"} {
		for _, verb := range []string{"get", "list", "patch"} {
			client.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) {
				return true, nil, denied(resource, "x", "you may not "+verb)
			})
		}
	}
	driverMay := false
	c.As = func(user string) (kubernetes.Interface, error) {
		if user != "system:serviceaccount:default:locust-driver" {
			t.Errorf("asked as %s", user)
		}
		as := fake.NewClientset()
		as.PrependReactor("create", "selfsubjectaccessreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, &authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: driverMay}}, nil
		})
		return as, nil
	}
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}})
	var refused *RefusedError
	if !errors.As(err, &refused) || len(refused.Refusals) != 2 || !strings.Contains(err.Error(), "kubectl apply -f - <<'EOF'\n") {
		t.Fatalf("error %v", err)
	}
	role, _, _ := strings.Cut(string(refused.Grant), "---\n")
	if err := yaml.UnmarshalStrict([]byte(role), &rbacv1.Role{}); err != nil {
		t.Error(err)
	}
	driverMay = true
	var notes []string
	err = c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}, Note: func(text string) { notes = append(notes, text) }})
	if err != nil || len(notes) != 2 || !strings.HasPrefix(notes[0], "Role locust-driver-role is left as it is: you may not change it") {
		t.Errorf("%v, notes %q", err, notes)
	}
	var unseen []string
	err = c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}, Unseen: func(kinds []string) { unseen = kinds }})
	if err != nil || len(unseen) != 2 {
		t.Errorf("cleanup: %v, without looking at %v", err, unseen)
	}
}

// TestRoleWithoutWhatMayNotBeGranted leaves out what a run can do without.
func TestRoleWithoutWhatMayNotBeGranted(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	refuse(client, "roles", func(_ bool, patch []byte) error {
		if strings.Contains(string(patch), `"events"`) {
			return denied("roles", "r", "attempting to grant RBAC permissions not currently held")
		}
		return nil
	})
	var notes []string
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}, Note: func(text string) { notes = append(notes, text) }})
	if err != nil || len(notes) != 2 || notes[0] != "the driver does without the right to list events, which you may not grant; a run then reports less" {
		t.Errorf("%v, notes %q", err, notes)
	}
	role, err := client.RbacV1().Roles("default").Get(t.Context(), "locust-driver-role", metav1.GetOptions{})
	if err != nil || len(role.Rules) != 3 {
		t.Errorf("%+v, %v", role, err)
	}
	submit(t, c, exp)
}

// TestDeployWithdraws takes back what was made before a binding was refused that no
// rehearsal could judge.
func TestDeployWithdraws(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	refuse(client, "rolebindings", func(dry bool, _ []byte) error {
		if dry {
			return apierrors.NewNotFound(rbacv1.Resource("roles"), "locust-driver-role")
		}
		return denied("rolebindings", "b", "you may not bind")
	})
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}})
	if err == nil || !strings.HasSuffix(err.Error(), "you may not bind; what had been created was deleted again") {
		t.Errorf("error %v", err)
	}
	nothingMade(t, c, manifests.Selector(exp.LoadMatrix))
}

// TestAccessIsComparedByWhatItGives does not mind how a Role is written.
func TestAccessIsComparedByWhatItGives(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	set, err := c.Objects(t.Context(), exp)
	if err != nil {
		t.Fatal(err)
	}
	role := func(rules ...rbacv1.PolicyRule) {
		r, err := client.RbacV1().Roles("default").Get(t.Context(), "locust-driver-role", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r.Rules = rules
		if _, err := client.RbacV1().Roles("default").Update(t.Context(), r, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	pods := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods", "configmaps"}, Verbs: []string{"*"}}
	leases := rbacv1.PolicyRule{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"get", "update", "list"}}
	role(leases, pods)
	if err := c.checkAccess(t.Context(), set); err != nil {
		t.Error(err)
	}
	leases.Verbs = []string{"get"}
	role(leases, pods)
	if err := c.checkAccess(t.Context(), set); err == nil || !strings.Contains(err.Error(), "it does not let the driver update leases (coordination.k8s.io) swarmgrid-url-target-8000; run") {
		t.Errorf("error %v", err)
	}
}
