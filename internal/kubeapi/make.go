package kubeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// MakeOf is a pod's images, resources, template and node, both as specified and as
// actuated: resources can be changed in place while the pod runs, by a person or by a
// VerticalPodAutoscaler.
func MakeOf(pod *corev1.Pod) platform.Make {
	m := platform.Make{}
	put := func(what, value string) {
		if value != "" {
			m[what] = value
		}
	}
	put("node", pod.Spec.NodeName)
	put("template", pod.Labels["pod-template-hash"])
	put("revision", pod.Labels["controller-revision-hash"])
	if pod.Spec.Resources != nil {
		put("resources", resourcesText(*pod.Spec.Resources))
	}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		put("image of container "+c.Name, c.Image)
		put("resources of container "+c.Name, resourcesText(c.Resources))
	}
	for _, c := range Containers(pod) {
		put("image that container "+c.Name+" runs", c.ImageID)
		if c.Resources != nil {
			put("resources that container "+c.Name+" has", resourcesText(*c.Resources))
		}
	}
	return m
}

// resourcesText reads "requests cpu=100m memory=64Mi, limits cpu=500m".
func resourcesText(r corev1.ResourceRequirements) string {
	var parts []string
	if len(r.Requests) > 0 {
		parts = append(parts, "requests "+amountsText(r.Requests))
	}
	if len(r.Limits) > 0 {
		parts = append(parts, "limits "+amountsText(r.Limits))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func amountsText(list corev1.ResourceList) string {
	var out []string
	for name, q := range list {
		out = append(out, fmt.Sprintf("%s=%s", name, q.String()))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

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
