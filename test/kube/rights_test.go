//go:build cluster

package kube

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// actAs makes the shell a service account with one of the cluster's own roles in the
// namespace and a token of its own: none of the administrator's credentials are left.
func (s *shell) actAs(role string) {
	s.t.Helper()
	s.kubectl(nil, "create", "serviceaccount", role)
	s.kubectl(nil, "create", "rolebinding", role, "--clusterrole="+role, "--serviceaccount="+s.ns+":"+role)
	hour := int64(3600)
	token, err := s.client.CoreV1().ServiceAccounts(s.ns).CreateToken(s.t.Context(), role,
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &hour}}, metav1.CreateOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	config := s.ownKubeconfig()
	s.kubectl(nil, "config", "set-credentials", role, "--token="+token.Status.Token, "--kubeconfig="+config)
	s.kubectl(nil, "config", "set-context", "--current", "--user="+role, "--kubeconfig="+config)
	s.config = config
	// The API server's authorizer learns of the binding by a watch.
	eventually(s.t, time.Minute, "the rights of role "+role, func() error {
		_, err := s.tryKubectl(nil, "auth", "can-i", "create", "deployments.apps", "--kubeconfig="+config)
		return err
	})
}

// deployFew records a run of one scenario.
func deployFew() []string {
	return []string{"deploy", "it.yaml", "--workers", "1", "--users", "10", "--replicas", "1"}
}

// TestDeployAsAdmin deploys with the rights of a namespace's admin, in a cluster without
// KEDA, with and without pausing autoscalers.
func TestDeployAsAdmin(t *testing.T) {
	for name, change := range map[string][2]string{"refuse": {}, "pause": {"{name: inference}}", "{name: inference}, autoscaler: pause}"}} {
		t.Run(name, func(t *testing.T) {
			s := newShell(t, strings.Replace(smallWith("swarm", "5s", "1h"), change[0], change[1], 1))
			s.actAs("admin")
			if got := s.must(0, deployFew()...); strings.Contains(got.err, "does without") {
				t.Error("the driver lacks a right that an admin has")
			}
			s.must(0, "plan", "it.yaml", "--cluster")
			if got := s.must(0, deployFew()...); !strings.Contains(got.err, " 0 created, 0 changed, 0 deleted, ") {
				t.Error("deploy changed something the second time")
			}
			s.must(0, "cleanup", "it.yaml")
		})
	}
}

// TestDeployAsEdit deploys without the right to make Roles: first nothing is made and the
// Role is printed; once somebody has applied that, all verbs work.
func TestDeployAsEdit(t *testing.T) {
	s := newShell(t, smallWith("swarm", "3s", "1h"))
	s.actAs("edit")
	before := s.inventory()
	refused := s.must(1, deployFew()...)
	for _, want := range []string{"so it has changed nothing", "Role locust-driver-role: ", `cannot get resource "roles"`, "RoleBinding locust-driver-rolebinding: ", "kubectl apply -f - <<'EOF'"} {
		if !strings.Contains(refused.err, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if diff := cmp.Diff(before, s.inventory()); diff != "" {
		t.Errorf("something was made (-before +after):\n%s", diff)
	}
	plan := s.must(1, "plan", "it.yaml", "--cluster")
	if !strings.Contains(plan.err, "the API server would refuse Role locust-driver-role: ") {
		t.Error("plan does not say that deploy would be refused")
	}
	_, grant, _ := strings.Cut(plan.err, "<<'EOF'\n")
	grant, _, _ = strings.Cut(grant, "EOF")
	s.kubectl([]byte(grant), "apply", "-f", "-")
	if got := s.must(0, deployFew()...); !strings.Contains(got.err, "Role locust-driver-role is left as it is") {
		t.Error("deploy does not say whose the Role is")
	}
	s.must(0, "plan", "it.yaml", "--cluster")
	s.must(0, "submit", "it.yaml")
	s.must(0, "monitor", "it.yaml")
	s.must(0, "results", "it.yaml", "--out", filepath.Join(s.dir, "r"))
	s.must(0, deployFew()...)
	cleaned := s.must(0, "cleanup", "it.yaml")
	if !strings.Contains(cleaned.out, "but for the Lease of its target and what you may not list (RoleBinding, Role)") {
		t.Error("cleanup does not say what it cannot see")
	}
}
