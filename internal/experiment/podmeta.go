package experiment

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// ownDomain is of labels and annotations that are ours alone.
const ownDomain = "swarmgrid.dev/"

// keptLabels are those by which Services, Deployments, Jobs, policies and cleanup find
// the pods. A domain stands for all of its labels.
func keptLabels() []string {
	return []string{
		"app", "role", "component", "app.kubernetes.io/managed-by", ownDomain,
		"pod-template-hash", "controller-uid", "job-name", "batch.kubernetes.io/",
	}
}

func kept(key string) bool {
	return slices.ContainsFunc(keptLabels(), func(k string) bool {
		return key == k || strings.HasSuffix(k, "/") && strings.HasPrefix(key, k)
	})
}

// validateMeta wants labels and annotations that an object can have, and none that
// something of ours goes by.
func (d *document) validateMeta(path string, s v1alpha1.PodSettings) {
	for _, key := range slices.Sorted(maps.Keys(s.Labels)) {
		switch value := s.Labels[key]; {
		case len(content.IsLabelKey(key))+len(content.IsLabelValue(value)) > 0:
			d.addf(path+".labels", "has %q: %q, must be a label and its value", key, value)
		case kept(key):
			d.addf(child(path+".labels", key), "is a label by which the run finds its pods, or Kubernetes does; choose another")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		switch {
		case len(content.IsLabelKey(strings.ToLower(key))) > 0: // as the API server checks them
			d.addf(path+".annotations", "has the name %q, must be an annotation's", key)
		case strings.HasPrefix(key, ownDomain):
			d.addf(child(path+".annotations", key), "is in the domain in which the run keeps its own; choose another")
		}
	}
}
