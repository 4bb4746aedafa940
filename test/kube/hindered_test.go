//go:build cluster

package kube

import (
	"os"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

func quantity(s string) *resource.Quantity { q := resource.MustParse(s); return &q }

// soon is how long it may take until an obstacle is reported.
const soon = 30 * time.Second

// TestHindered: what would make a run fail is found before anything changes.
func TestHindered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, said string
		experiment experiment
		server     []string
		hinder     func(l *lab)
	}{
		{name: "quota too small", said: "ResourceQuota few allows pods 6", experiment: experiment{replicas: "[6]"}, hinder: func(l *lab) {
			_, err := l.client.CoreV1().ResourceQuotas(l.ns).Create(l.t.Context(), &corev1.ResourceQuota{
				ObjectMeta: metav1.ObjectMeta{Name: "few"},
				Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("6")}},
			}, metav1.CreateOptions{})
			l.must(err)
			eventually(l.t, time.Minute, "the quota's count", func() error {
				q, err := l.client.CoreV1().ResourceQuotas(l.ns).Get(l.t.Context(), "few", metav1.GetOptions{})
				if err == nil && q.Status.Used == nil {
					err = errNotYet
				}
				return err
			})
		}},
		{name: "no room on any node", said: "the nodes have room for", experiment: experiment{replicas: "[40]"}, hinder: func(l *lab) {
			l.patchTarget(`{"spec": {"template": {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "100m"}}}]}}}}`)
		}},
		{name: "wrong Service selector", said: "Service inference selects app=inferense, but the pods of Deployment inference have app=inference", hinder: func(l *lab) {
			patch := []byte(`{"spec": {"selector": {"app": "inferense"}}}`)
			_, err := l.client.CoreV1().Services(l.ns).Patch(l.t.Context(), "inference", types.MergePatchType, patch, metav1.PatchOptions{})
			l.must(err)
		}},
		{name: "target answers 500", said: "500 Internal Server Error", server: []string{"--failure-rate", "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, c.experiment, c.server...)
			l.run("deploy")
			if c.hinder != nil {
				c.hinder(l)
			}
			for _, verb := range [][]string{{"plan", "--cluster"}, {"run"}, {"all"}} {
				if took := l.refused(1, c.said, verb[0], verb[1:]...); took > soon {
					t.Errorf("it took %s to be told", took)
				}
			}
			l.wantRestored()
		})
	}
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) patchTarget(patch string) {
	l.t.Helper()
	_, err := l.client.AppsV1().Deployments(l.ns).Patch(l.t.Context(), "inference", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	l.must(err)
}

// TestUnschedulable has a target whose new pods fit nowhere: the scaling ends early,
// with the scheduler's words.
func TestUnschedulable(t *testing.T) {
	t.Parallel()
	// Anti-affinity does not show in sums, so no preflight finds it.
	l := newLab(t, experiment{replicas: "[5]", measure: "{duration: 3s, settle: 1s, cooldown: 1s, attempts: 1}"})
	l.patchTarget(`{"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}, "replicas": 1, "template": {"spec": {"affinity": {"podAntiAffinity":
		{"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchLabels": {"app": "inference"}}, "topologyKey": "kubernetes.io/hostname"}]}}}}}}`)
	awaitEndpoints(t, l.client, l.ns, 1)
	l.run("deploy")
	l.refused(1, "didn't match pod anti-affinity rules", "all", "--out", "out")
	for _, r := range l.journal("out").Records {
		if len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], "cannot reach 5 replicas") { // or else "gave up after" ready.timeout
			t.Errorf("the wait ended by %q", r.Reasons)
		}
	}
	if n := *l.target().Spec.Replicas; n != 1 {
		t.Errorf("the target has %d replicas, want its original 1", n)
	}
}

// TestMissingRight names the verb that the caller lacks.
func TestMissingRight(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{})
	l.run("deploy")
	role, err := l.client.RbacV1().Roles(l.ns).Get(t.Context(), "locust-driver-role", metav1.GetOptions{})
	l.must(err)
	for i, r := range role.Rules {
		if len(r.Resources) == 1 && r.Resources[0] == "deployments/scale" {
			role.Rules[i].Verbs = []string{"get"}
		}
	}
	_, err = l.client.RbacV1().Roles(l.ns).Create(t.Context(), &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "less"}, Rules: role.Rules}, metav1.CreateOptions{})
	l.must(err)
	l.refused(1, "no right to patch deployments/scale", "plan", "--cluster", "--kubeconfig", l.servant("less"))
	l.must(l.client.RbacV1().Roles(l.ns).Delete(t.Context(), "less", metav1.DeleteOptions{}))

	// The driver's own rights: taken away between deploy and submit, and while it waits.
	_, err = l.client.RbacV1().Roles(l.ns).Update(t.Context(), role, metav1.UpdateOptions{})
	l.must(err)
	l.refused(1, "Role locust-driver-role does not match the experiment", "submit")
	l.run("deploy")
}

// servant makes a service account with a role and writes its kubeconfig.
func (l *lab) servant(role string) (path string) {
	l.t.Helper()
	ctx := l.t.Context()
	_, err := l.client.CoreV1().ServiceAccounts(l.ns).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: role}}, metav1.CreateOptions{})
	l.must(err)
	_, err = l.client.RbacV1().RoleBindings(l.ns).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: role, Namespace: l.ns}},
	}, metav1.CreateOptions{})
	l.must(err)
	token, err := l.client.CoreV1().ServiceAccounts(l.ns).CreateToken(ctx, role, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	l.must(err)
	config, err := clientcmd.LoadFromFile(os.Getenv(envKubeconfig))
	l.must(err)
	config.AuthInfos = map[string]*clientcmdapi.AuthInfo{role: {Token: token.Status.Token}}
	config.Contexts[config.CurrentContext].AuthInfo = role
	path = l.path(role + ".kubeconfig")
	l.must(clientcmd.WriteToFile(*config, path))
	return path
}
