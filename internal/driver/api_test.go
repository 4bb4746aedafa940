package driver

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// TestTheRoleGrantsTheAPI: whatever a driver can call, its Role grants on the objects
// that it is called for.
func TestTheRoleGrantsTheAPI(t *testing.T) {
	exp := testExperiment(t, "")
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rules []rbacv1.PolicyRule
	for _, o := range set.Access {
		if role, ok := o.(*rbacv1.Role); ok {
			rules = role.Rules
		}
	}
	names := exp.LoadMatrix.Spec.Cluster.Names
	for field, objects := range map[string]struct {
		group string
		names []string
	}{
		"ConfigMaps": {names: []string{manifests.StatusName(names), manifests.JournalName(names, 0, 0)}},
		"Leases":     {group: "coordination.k8s.io", names: []string{targetlock.Name(exp.LoadMatrix.Spec.Target)}},
		"Pods":       {names: []string{"any"}},
	} {
		f, ok := reflect.TypeFor[API]().FieldByName(field)
		if !ok || reflect.TypeFor[API]().NumField() != 3 {
			t.Fatalf("API has no field %s, or others", field)
		}
		for i := range f.Type.NumMethod() {
			for _, name := range objects.names {
				r := kubeapi.Right{Verb: strings.ToLower(f.Type.Method(i).Name), Group: objects.group, Resource: strings.ToLower(field), Name: name}
				if !slices.ContainsFunc(rules, r.GrantedBy) {
					t.Errorf("no right to %s", r)
				}
			}
		}
	}
}
