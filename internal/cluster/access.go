package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// grantsRights tells whether a kind grants rights, which takes rights of its own.
func grantsRights(kind string) bool { return kind == "Role" || kind == "RoleBinding" }

// access is the driver's account and rights in a set.
type access struct {
	account string
	role    *rbacv1.Role
	binding *rbacv1.RoleBinding
	// aids are the optional rules.
	aids []rbacv1.PolicyRule
}

func accessOf(set *manifests.Set) access {
	a := access{aids: set.Aids}
	for _, o := range set.Access {
		switch o := o.(type) {
		case *rbacv1.Role:
			a.role = o
		case *rbacv1.RoleBinding:
			a.binding, a.account = o, o.Subjects[0].Name
		}
	}
	return a
}

// needed are the rules that a run requires.
func (a access) needed() []rbacv1.PolicyRule {
	return slices.DeleteFunc(slices.Clone(a.role.Rules), func(r rbacv1.PolicyRule) bool { return contains(a.aids, r) })
}

func contains(rules []rbacv1.PolicyRule, rule rbacv1.PolicyRule) bool {
	return slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool { return equality.Semantic.DeepEqual(r, rule) })
}

// checkAccess checks that the driver has the rights that the experiment needs: by its Role
// and RoleBinding or, for callers who may not read those, by impersonating the driver.
func (c *Cluster) checkAccess(ctx context.Context, set *manifests.Set) error {
	a := accessOf(set)
	lacks, err := c.boundRights(ctx, a)
	if kubeapi.Denied(err) {
		lacks, err = c.rightsAsDriver(ctx, a)
	}
	switch {
	case err != nil:
		return err
	case len(lacks) > 0:
		return fmt.Errorf("Role %s does not match the experiment: it does not let the driver %s; %s", a.role.Name, strings.Join(lacks, ", "), deployFirst)
	}
	return nil
}

// boundRights lists the rights that Role and RoleBinding do not give the driver.
func (c *Cluster) boundRights(ctx context.Context, a access) (lacks []string, err error) {
	role, err := c.Client.RbacV1().Roles(c.Namespace).Get(ctx, a.role.Name, metav1.GetOptions{})
	if err != nil {
		return nil, absentOr(err, "Role "+a.role.Name)
	}
	binding, err := c.Client.RbacV1().RoleBindings(c.Namespace).Get(ctx, a.binding.Name, metav1.GetOptions{})
	if err != nil {
		return nil, absentOr(err, "RoleBinding "+a.binding.Name)
	}
	if binding.RoleRef != a.binding.RoleRef || !slices.Contains(binding.Subjects, a.binding.Subjects[0]) {
		return nil, fmt.Errorf("RoleBinding %s does not give Role %s to ServiceAccount %s; %s", a.binding.Name, a.role.Name, a.account, deployFirst)
	}
	for _, r := range kubeapi.RightsOf(a.needed()) {
		if !slices.ContainsFunc(role.Rules, r.GrantedBy) {
			lacks = append(lacks, r.String())
		}
	}
	return lacks, nil
}

// absentOr explains why an object that deploy makes was not found.
func absentOr(err error, object string) error {
	if apierrors.IsNotFound(err) {
		return &absentError{object, err}
	}
	return fmt.Errorf("looking for %s: %w", object, kubeapi.Explain(err))
}

// absentError says that deploy is still to come. It keeps the API server's answer, by which
// callers tell it from trouble on the way.
type absentError struct {
	object string
	error
}

// Error names the next step in place of the API server's sentence.
func (e *absentError) Error() string {
	return fmt.Sprintf("not deployed yet: there is no %s; run `swarmgrid deploy FILE` first", e.object)
}

func (e *absentError) Unwrap() error { return e.error }

// rightsAsDriver lists the rights that the driver lacks, asked by impersonating it.
func (c *Cluster) rightsAsDriver(ctx context.Context, a access) (lacks []string, err error) {
	if c.As == nil {
		return nil, errors.New("asking for the driver's rights: this client cannot act as another")
	}
	driver, err := c.As("system:serviceaccount:" + c.Namespace + ":" + a.account)
	if err != nil {
		return nil, err
	}
	rights := kubeapi.RightsOf(a.needed())
	told := make([]string, len(rights))
	errs := make([]error, len(rights))
	var all sync.WaitGroup
	for i, r := range rights {
		all.Go(func() {
			var ok bool
			if ok, _, errs[i] = kubeapi.May(ctx, driver, c.Namespace, r); !ok {
				told[i] = r.String()
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("asking for the driver's rights: %w", err)
		}
	}
	return slices.DeleteFunc(told, func(s string) bool { return s == "" }), nil
}

// impersonator makes Cluster.As.
func impersonator(config *rest.Config) func(string) (kubernetes.Interface, error) {
	return func(user string) (kubernetes.Interface, error) {
		as := rest.CopyConfig(config)
		as.Impersonate = rest.ImpersonationConfig{UserName: user}
		client, err := kubernetes.NewForConfig(as)
		if err != nil {
			return nil, fmt.Errorf("configuring the API server's client: %w", err)
		}
		return client, nil
	}
}
