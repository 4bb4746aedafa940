//go:build cluster

package kube

import (
	"errors"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func (b *bed) dynamic() dynamic.Interface {
	d, err := dynamic.NewForConfig(b.config)
	b.must(err)
	return d
}

// TestRightsAreEnough runs as somebody who has exactly what Rights lists, and
// finds each missing before.
func TestRightsAreEnough(t *testing.T) {
	b := newBed(t)
	b.standard(1)
	rights, err := kubeapi.Rights(t.Context(), b.settings().Config)
	b.must(err)
	restricted := rest.CopyConfig(b.config)
	restricted.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + b.ns + ":locust-driver", Groups: []string{"system:authenticated"}}
	as := func(cfg *settings) { cfg.REST = restricted }

	cfg := b.settings()
	as(&cfg)
	facts, err := kubeapi.NewFacts(cfg.Config)
	b.must(err)
	for _, r := range rights {
		if ok, _, err := facts.May(t.Context(), r); ok || err != nil {
			t.Errorf("the missing right to %s is not told: %v", r, err)
		}
	}
	p := b.platform(as)
	var permanent *platform.PermanentError
	if err := p.Acquire(t.Context(), platform.Holder{Run: "a"}); err == nil {
		t.Error("Acquire without any right: no error")
	} else if !errors.As(err, &permanent) {
		t.Logf("Acquire without any right: %v", err)
	}

	b.grant(rights)
	_, err = b.client.CoordinationV1().Leases(b.ns).Create(t.Context(), leaseOf(b), metav1.CreateOptions{})
	b.must(err)
	b.poll("the rights hold", func() string {
		for _, r := range rights {
			if ok, why, _ := facts.May(t.Context(), r); !ok {
				return r.String() + why
			}
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

func (b *bed) grant(rights []kubeapi.Right) {
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "driver"}}
	for _, r := range rights {
		rule := rbacv1.PolicyRule{Verbs: []string{r.Verb}, APIGroups: []string{r.Group}, Resources: []string{r.WithSubresource()}}
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
	return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: b.settings().LeaseName()}}
}
