package kubeapi

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// TraitsOf is a pod's images, resources, template and node, both as specified and as
// actuated: resources can be changed in place while the pod runs, by a person or by a
// VerticalPodAutoscaler.
func TraitsOf(pod *corev1.Pod) platform.Traits {
	m := platform.Traits{}
	put := func(what, value string) {
		if value != "" {
			m[what] = value
		}
	}
	put(platform.TraitNode, pod.Spec.NodeName)
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
