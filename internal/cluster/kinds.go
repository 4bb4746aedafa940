package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// typedClient is the part that we use of the client that client-go generates for a kind.
type typedClient[T manifests.Object, L runtime.Object] interface {
	Get(ctx context.Context, name string, opts metav1.GetOptions) (T, error)
	List(ctx context.Context, opts metav1.ListOptions) (L, error)
	Delete(ctx context.Context, name string, opts metav1.DeleteOptions) error
	Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, subresources ...string) (T, error)
}

// kind is a kind of object that we apply, list and delete.
type kind struct {
	name   string
	get    func(ctx context.Context, name string) (manifests.Object, error)
	list   func(ctx context.Context, selector string) ([]manifests.Object, error)
	delete func(ctx context.Context, name string) error
	// apply is a dry run if dry is set.
	apply func(ctx context.Context, name string, data []byte, dry bool) (manifests.Object, error)
}

func kindOf[T manifests.Object, L runtime.Object](name string, c typedClient[T, L]) kind {
	return kind{
		name: name,
		get: func(ctx context.Context, name string) (manifests.Object, error) {
			return c.Get(ctx, name, metav1.GetOptions{})
		},
		list: func(ctx context.Context, selector string) ([]manifests.Object, error) {
			list, err := c.List(ctx, metav1.ListOptions{LabelSelector: selector})
			if err != nil {
				return nil, err
			}
			return items(list)
		},
		delete: func(ctx context.Context, name string) error {
			return c.Delete(ctx, name, metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationForeground)})
		},
		apply: func(ctx context.Context, name string, data []byte, dry bool) (manifests.Object, error) {
			opts := metav1.PatchOptions{FieldManager: kubeapi.FieldManager, Force: new(true)}
			if dry {
				opts.DryRun = []string{metav1.DryRunAll}
			}
			return c.Patch(ctx, name, types.ApplyPatchType, data, opts)
		},
	}
}

func items(list runtime.Object) ([]manifests.Object, error) {
	raw, err := meta.ExtractList(list)
	if err != nil {
		return nil, fmt.Errorf("reading a list: %w", err)
	}
	var out []manifests.Object
	for _, o := range raw {
		if object, ok := o.(manifests.Object); ok {
			out = append(out, object)
		}
	}
	return out, nil
}

// kinds are all that we ever create, in the order in which cleanup deletes: what acts on
// other objects comes before them.
func (c *Cluster) kinds() []kind {
	ns := c.Namespace
	return []kind{
		kindOf("CronJob", c.Client.BatchV1().CronJobs(ns)),
		kindOf("Job", c.Client.BatchV1().Jobs(ns)),
		kindOf("Deployment", c.Client.AppsV1().Deployments(ns)),
		kindOf("Service", c.Client.CoreV1().Services(ns)),
		kindOf("NetworkPolicy", c.Client.NetworkingV1().NetworkPolicies(ns)),
		kindOf("ConfigMap", c.Client.CoreV1().ConfigMaps(ns)),
		kindOf("RoleBinding", c.Client.RbacV1().RoleBindings(ns)),
		kindOf("Role", c.Client.RbacV1().Roles(ns)),
		kindOf("ServiceAccount", c.Client.CoreV1().ServiceAccounts(ns)),
		kindOf("Lease", c.Client.CoordinationV1().Leases(ns)),
	}
}

func (c *Cluster) kind(name string) (kind, error) {
	for _, k := range c.kinds() {
		if k.name == name {
			return k, nil
		}
	}
	return kind{}, fmt.Errorf("applying: the kind %s is not one of ours", name)
}

// Change is what deploy did to one object.
type Change struct {
	Kind, Name string
	// What is "created", "changed", "unchanged" or "deleted".
	What string
}

// String reads "Deployment locust-master created".
func (c Change) String() string { return fmt.Sprintf("%s %s %s", c.Kind, c.Name, c.What) }

// apply applies one object and tells whether that changed anything.
func (c *Cluster) apply(ctx context.Context, o manifests.Object, experiment string) (Change, error) {
	change := changeOf(o)
	before, after, err := c.put(ctx, o, experiment, false)
	if err != nil {
		return change, err
	}
	change.What = whatHappened(before, after)
	return change, nil
}

func changeOf(o manifests.Object) Change {
	return Change{Kind: o.GetObjectKind().GroupVersionKind().Kind, Name: o.GetName()}
}

// put applies an object, or only as a dry run; before is nil if there was none.
func (c *Cluster) put(ctx context.Context, o manifests.Object, experiment string, dry bool) (before, after manifests.Object, err error) {
	change := changeOf(o)
	k, err := c.kind(change.Kind)
	if err != nil {
		return nil, nil, err
	}
	before, err = k.get(ctx, change.Name)
	switch {
	case apierrors.IsNotFound(err):
		before = nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading %s %s: %w", change.Kind, change.Name, kubeapi.Explain(err))
	default:
		if err := preflight.Foreign(before, change.Kind, experiment); err != nil {
			return nil, nil, err
		}
	}
	fields, err := manifests.Fields(o)
	if err != nil {
		return nil, nil, err
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, nil, fmt.Errorf("applying %s %s: %w", change.Kind, change.Name, err)
	}
	after, err = k.apply(ctx, change.Name, data, dry)
	if err != nil {
		return nil, nil, fmt.Errorf("applying %s %s: %w", change.Kind, change.Name, err)
	}
	return before, after, nil
}

func whatHappened(before, after manifests.Object) string {
	switch {
	case before == nil:
		return "created"
	case reflect.DeepEqual(essence(before), essence(after)):
		return "unchanged"
	}
	return "changed"
}

// essence is an object without the fields that change by themselves.
func essence(o manifests.Object) map[string]any {
	data, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil
	}
	delete(fields, "status")
	if m, ok := fields["metadata"].(map[string]any); ok {
		for _, name := range []string{"managedFields", "resourceVersion", "generation"} {
			delete(m, name)
		}
	}
	delete(fields, "kind")
	delete(fields, "apiVersion")
	return fields
}

// remaining lists every object with an experiment's labels, except for kinds that the caller
// may not list.
func (c *Cluster) remaining(ctx context.Context, selector string, unseen []string) ([]Change, error) {
	var out []Change
	var errs []error
	for _, k := range c.only(func(kind string) bool { return !slices.Contains(unseen, kind) }) {
		found, err := k.list(ctx, selector)
		if err != nil {
			errs = append(errs, fmt.Errorf("listing %ss: %w", k.name, kubeapi.Explain(err)))
		}
		for _, o := range found {
			out = append(out, Change{Kind: k.name, Name: o.GetName(), What: "remains"})
		}
	}
	return out, errors.Join(errs...)
}
