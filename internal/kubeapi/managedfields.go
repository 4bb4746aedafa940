package kubeapi

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// ChangesOf lists who else has changed an object, from its managedFields; with a path,
// only who owns that field. Updates of the status do not count. A change by the scale
// subresource is recorded without a time.
func ChangesOf(o metav1.Object, path ...string) platform.Changes {
	var all platform.Changes
	for _, entry := range o.GetManagedFields() {
		if entry.Subresource == "status" || entry.Manager == FieldManager || !owns(entry.FieldsV1, path) {
			continue
		}
		c := platform.Change{By: entry.Manager}
		if entry.Time != nil {
			c.At = entry.Time.Time
		}
		all = append(all, c)
	}
	return all
}

// owns tells whether a manager owns the field at a path.
func owns(fields *metav1.FieldsV1, path []string) bool {
	if len(path) == 0 {
		return true
	}
	var at map[string]any
	if fields == nil || json.Unmarshal(fields.GetRawBytes(), &at) != nil {
		return false
	}
	for _, name := range path {
		next, ok := at["f:"+name].(map[string]any)
		if !ok {
			return false
		}
		at = next
	}
	return true
}

// ScaledBy tells who else has set an object's replicas; empty if that is not known. It
// lists with a field selector, since a run may list the object and not get it.
func (o Object) ScaledBy(ctx context.Context) platform.Changes {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	list, err := o.Client.List(ctx, metav1.ListOptions{FieldSelector: metav1.ObjectNameField + "=" + o.Ref.Name})
	if err != nil {
		return nil
	}
	for i := range list.Items {
		if list.Items[i].GetName() == o.Ref.Name { // the server picks it; not every proxy and fake does
			return ChangesOf(&list.Items[i], "spec", "replicas")
		}
	}
	return nil
}
