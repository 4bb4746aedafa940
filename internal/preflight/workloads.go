package preflight

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// workloads finds objects that would not follow scaling.
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

// owner finds an object that is scaled by its owner, such as a Deployment's ReplicaSet.
func (p *preflight) owner(f *Findings, w kubeapi.Workload) {
	if owner := metav1.GetControllerOf(w.Self); owner != nil {
		f.refuse(w.String(), "name that as the target instead", "%s belongs to %s %s, which would undo every scaling", w, owner.Kind, owner.Name)
	}
}

// rollout finds a rollout that does not finish: a run waits until all pods are of the current
// template.
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

// failure reports pods that the controller could not create, unless a dry run has judged
// them. Exceeded quotas are checkQuotas's.
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

// hopeless reports existing pods with trouble. It is a refusal only if it is final, since the
// pods' past is not known here.
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

// trouble is the first diagnosis of a workload's pods; empty if all are ready.
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

// conditionOf is the message of a condition with the given status; empty if there is none.
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
