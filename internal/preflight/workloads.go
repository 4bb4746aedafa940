package preflight

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// workloads finds objects that would not follow a scaling, whatever the pods need.
func (p *preflight) workloads(_ context.Context, f *Findings) {
	for _, role := range []platform.Role{platform.Target, platform.Master, platform.Worker} {
		w, ok := p.roles[role]
		if !ok {
			continue
		}
		if w.Selector == "" {
			f.refuse(w.String(), "give the kind's scale subresource a labelSelectorPath", "the scale of %s tells no selector, so its pods cannot be found", w)
		}
		if w.Self == nil {
			continue
		}
		p.owner(f, w)
		p.rollout(f, w)
		p.failure(f, w)
		p.hopeless(f, w)
	}
}

// owner finds an object that another one scales, such as a Deployment's ReplicaSet.
func (p *preflight) owner(f *Findings, w kubeapi.Workload) {
	if owner := metav1.GetControllerOf(w.Self); owner != nil {
		f.refuse(w.String(), "name that as the target instead", "%s belongs to %s %s, which would undo every scaling", w, owner.Kind, owner.Name)
	}
}

// rollout finds a Deployment whose pods are not all of its present template and will
// not be: a run waits for that before it counts replicas as ready.
func (p *preflight) rollout(f *Findings, w kubeapi.Workload) {
	if w.Ref.Kind != "Deployment" || w.Self.GetAPIVersion() != "apps/v1" {
		return
	}
	seen, _, _ := unstructured.NestedInt64(w.Self.Object, "status", "observedGeneration")
	updated, all := w.Count("updatedReplicas"), max(w.Count("replicas"), w.Wanted)
	if seen >= w.Self.GetGeneration() && updated >= all {
		return
	}
	paused, _, _ := unstructured.NestedBool(w.Self.Object, "spec", "paused")
	stuck := conditionOf(w.Self, "Progressing", "False")
	switch {
	case paused && (updated < w.Count("replicas") || seen < w.Self.GetGeneration()):
		f.refuse(w.String(), "`kubectl rollout resume` it", "%s is paused in the middle of a rollout: %d of %d pods are of its present template", w, updated, all)
	case stuck != "":
		f.refuse(w.String(), "mend or undo the rollout", "the rollout of %s is stuck: %s%s", w, stuck, kubeapi.After(p.trouble(w)))
	case updated < w.Count("replicas"):
		f.note(w.String(), "`kubectl rollout status` waits for its end", "a rollout of %s is under way: %d of %d pods are of its present template", w, updated, all)
	}
}

// failure is what the controller says about pods that it could not create, unless a dry
// run of one knows better. Too small a quota is a matter of sums.
func (p *preflight) failure(f *Findings, w kubeapi.Workload) {
	text := w.Failure()
	if text == "" || exceeds(text) && len(p.quotas) > 0 {
		return
	}
	for _, d := range p.demands {
		if d.what == w.String() && d.judged {
			return
		}
	}
	f.refuse(w.String(), "", "the pods of %s cannot be created: %s", w, text)
}

// hopeless tells of pods that are there and will not become ready by themselves. One
// that crashes may have worked before, and may again.
func (p *preflight) hopeless(f *Findings, w kubeapi.Workload) {
	for _, d := range p.diagnoses(w) {
		switch {
		case d.Final:
			f.refuse(w.String(), "", "%s", d.Text)
			return
		case d.Kind == kubeapi.Waits || d.Kind == kubeapi.Unschedulable:
			f.note(w.String(), "", "%s", d.Text)
			return
		}
	}
}

// trouble is what a pod of a workload says about itself; empty when all are well.
func (p *preflight) trouble(w kubeapi.Workload) string {
	for _, d := range p.diagnoses(w) {
		if d.Text != "" {
			return d.Text
		}
	}
	return ""
}

func (p *preflight) diagnoses(w kubeapi.Workload) (found []kubeapi.Diagnosis) {
	selector, err := labels.Parse(w.Selector)
	if err != nil || w.Selector == "" {
		return nil
	}
	for i := range p.pods {
		if pod := &p.pods[i]; kubeapi.Alive(pod) && selector.Matches(labels.Set(pod.Labels)) {
			found = append(found, kubeapi.Diagnose(pod))
		}
	}
	return found
}

// conditionOf is the message of a condition that has a status; empty when it has not.
func conditionOf(u *unstructured.Unstructured, kind, status string) string {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range conditions {
		m, ok := c.(map[string]any)
		if !ok || m["type"] != kind || m["status"] != status {
			continue
		}
		message, _ := m["message"].(string)
		return message
	}
	return ""
}
