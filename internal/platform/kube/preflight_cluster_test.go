//go:build cluster

package kube

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func (b *bed) dynamic() dynamic.Interface {
	d, err := dynamic.NewForConfig(b.config)
	b.must(err)
	return d
}

func (b *bed) preflight(needs Needs, edit func(*Config)) Findings {
	b.t.Helper()
	cfg := b.settings()
	if edit != nil {
		edit(&cfg)
	}
	began := time.Now()
	found, err := Preflight(b.t.Context(), cfg, needs)
	b.must(err)
	b.t.Logf("in %v: %d problems, %d unchecked\n%s", time.Since(began).Round(time.Millisecond), len(found.Problems), len(found.Unchecked),
		strings.Join(append(found.Problems, found.Unchecked...), "\n"))
	return found
}

func TestPreflightOfAGoodOne(t *testing.T) {
	b := newBed(t)
	b.standard(1)
	ready := b.platform(nil)
	b.acquire(ready, "x")
	b.await(ready, platform.Target, "ready", func(st platform.Status) bool { return st.Settled(1) })
	b.must(ready.Release(t.Context()))
	tried := ""
	found := b.preflight(Needs{Replicas: 2, Workers: 2, ReadyPath: "/healthz", Try: func(ctx context.Context, client *http.Client, base string) error {
		tried = base
		return answers(ctx, client, base+"/anything")
	}}, nil)
	if len(found.Problems) > 0 || len(found.Unchecked) > 0 || tried == "" {
		t.Errorf("problems where there are none: %+v", found)
	}
}

// TestPreflightFindsAllAtOnce breaks what can be broken.
func TestPreflightFindsAllAtOnce(t *testing.T) {
	b := newBed(t)
	container := python()
	container.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("20Mi")}
	b.deploy("inference", 1, container)
	b.serve("inference", map[string]string{"app": "inferense"})
	b.addHPA()
	_, err := b.client.CoreV1().ResourceQuotas(b.ns).Create(t.Context(), &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "small"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("3"), corev1.ResourceRequestsCPU: resource.MustParse("1")}},
	}, metav1.CreateOptions{})
	b.must(err)
	b.poll("the quota is counted", func() string {
		q, err := b.client.CoreV1().ResourceQuotas(b.ns).Get(t.Context(), "small", metav1.GetOptions{})
		if err != nil || len(q.Status.Hard) == 0 {
			return "not yet"
		}
		return ""
	})
	found := b.preflight(Needs{Replicas: 2000, Workers: 2, ReadyPath: "/healthz"}, func(cfg *Config) { cfg.TargetURL = "http://inference:9" })
	for _, want := range [][]string{
		{"there is no Deployment locust-master"},
		{"there is no Deployment locust-worker"},
		{"Service inference selects app=inferense", "have app=inference"},
		{"Service inference has no port 9"},
		{"HorizontalPodAutoscaler scaler scales Deployment inference", "autoscaler: pause"},
		{"ResourceQuota small allows pods 3", "2000 of Deployment inference"},
		{"ResourceQuota small allows requests.cpu 1", "100m"},
		{"the nodes have room for", "of 2000 pods of Deployment inference", "cpu 100m"},
		{"the target does not answer"},
	} {
		if !hasLine(found.Problems, want...) {
			t.Errorf("no problem says %q", want)
		}
	}
}

// TestRightsAreEnough runs as somebody who has exactly what Rights lists, and
// then finds each missing one named.
func TestRightsAreEnough(t *testing.T) {
	b := newBed(t)
	b.standard(1)
	rights, err := Rights(t.Context(), b.settings())
	b.must(err)
	restricted := rest.CopyConfig(b.config)
	restricted.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + b.ns + ":locust-driver", Groups: []string{"system:authenticated"}}
	as := func(cfg *Config) { cfg.REST = restricted }

	found := b.preflight(Needs{}, as)
	for _, r := range rights {
		if lines := append(found.Problems, found.Unchecked...); !hasLine(lines, "no right to "+r.String()) {
			t.Errorf("the missing right to %s is not told", r)
		}
	}
	p := b.platform(as)
	var hopeless *platform.PermanentError
	if err := p.Acquire(t.Context(), platform.Holder{Run: "a"}); err == nil {
		t.Error("Acquire without any right: no error")
	} else if !errors.As(err, &hopeless) {
		t.Logf("Acquire without any right: %v", err)
	}

	b.grant(rights)
	_, err = b.client.CoordinationV1().Leases(b.ns).Create(t.Context(), leaseOf(b), metav1.CreateOptions{})
	b.must(err)
	b.poll("the rights hold", func() string {
		if found := b.preflight(Needs{}, as); len(found.Problems) > 0 {
			return strings.Join(found.Problems, "\n")
		}
		return ""
	})
	b.acquire(p, "a")
	for _, role := range []platform.Role{platform.Target, platform.Master, platform.Worker} {
		b.must(p.Scale(t.Context(), role, 2))
		b.await(p, role, "settled", func(st platform.Status) bool { return st.Settled(2) })
	}
	b.must(p.Release(t.Context()))
	if n := b.count(); n != 1 {
		t.Errorf("the target has %d replicas", n)
	}
}

func (b *bed) grant(rights []Right) {
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "driver"}}
	for _, r := range rights {
		rule := rbacv1.PolicyRule{Verbs: []string{r.Verb}, APIGroups: []string{r.Group}, Resources: []string{r.resource()}}
		if r.Name != "" {
			rule.ResourceNames = []string{r.Name}
		}
		role.Rules = append(role.Rules, rule)
	}
	_, err := b.client.RbacV1().Roles(b.ns).Create(b.t.Context(), role, metav1.CreateOptions{})
	b.must(err)
	_, err = b.client.RbacV1().RoleBindings(b.ns).Create(b.t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "driver"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "driver"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "locust-driver", Namespace: b.ns}},
	}, metav1.CreateOptions{})
	b.must(err)
}

// leaseOf is the Lease as it is deployed: there, and nobody's.
func leaseOf(b *bed) *coordinationv1.Lease {
	return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: b.settings().leaseName()}}
}
