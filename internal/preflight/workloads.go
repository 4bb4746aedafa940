package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
			f.refuse(w.String(), "give the kind's scale subresource a labelSelectorPath", "the scale of %s has no selector, so its pods cannot be found", w)
		}
		if w.Self == nil {
			continue
		}
		p.owner(f, w)
		p.failure(f, w)
		if !p.stuck(f, role, w) {
			p.rollout(f, w)
		}
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
		f.refuse(w.String(), "`kubectl rollout resume` it", "%s is paused in the middle of a rollout: %d of %d pods have its current template", w, updated, all)
	case stuck != "":
		f.refuse(w.String(), "fix it"+orUndo(w), "the rollout of %s is stuck: %s%s", w, stuck, kubeapi.After(p.trouble(w)))
	case updated < w.Count("replicas"):
		f.note(w.String(), "`kubectl rollout status` waits for its end", "a rollout of %s is under way: %d of %d pods have its current template", w, updated, all)
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

// stuck tells of pods that are there and are not well, and refuses one that will not
// become ready by itself. What may pass is a note: deploy judges the load's pods, which it
// may be about to replace, by watching them.
func (p *preflight) stuck(f *Findings, role platform.Role, w kubeapi.Workload) (refused bool) {
	stays := func(h health) bool { return h.AlwaysStuck || role == platform.Target && h.stays }
	found := p.health(w)
	if i := slices.IndexFunc(found, stays); i >= 0 {
		f.refuse(w.String(), fixFor(role, w), "%s", found[i].Text)
		return true
	}
	for _, s := range found {
		if s.Kind == kubeapi.Waits || s.Kind == kubeapi.Unschedulable {
			f.note(w.String(), "", "%s", s.Text)
			return false
		}
	}
	return false
}

// fixFor is what helps a target whose pods do not start.
func fixFor(role platform.Role, w kubeapi.Workload) string {
	if role != platform.Target {
		return ""
	}
	return "fix it" + orUndo(w)
}

// orUndo is the way back from the last rollout of a kind that kubectl can take back.
func orUndo(w kubeapi.Workload) string {
	kind := w.Ref.Kind
	if w.Self.GetAPIVersion() != "apps/v1" || kind != "Deployment" && kind != "StatefulSet" {
		return ""
	}
	return fmt.Sprintf(", or undo the last rollout with `kubectl rollout undo %s/%s -n %s`", strings.ToLower(kind), w.Ref.Name, w.Self.GetNamespace())
}

// trouble is the first diagnosis of a workload's pods; empty if all are ready.
func (p *preflight) trouble(w kubeapi.Workload) string {
	for _, s := range p.health(w) {
		if s.Text != "" {
			return s.Text
		}
	}
	return ""
}

// health is how a pod is, and whether that stays as far as one look can tell.
type health struct {
	kubeapi.Diagnosis
	stays bool
}

func (p *preflight) health(w kubeapi.Workload) (found []health) {
	selector, err := labels.Parse(w.Selector)
	if err != nil || w.Selector == "" {
		return nil
	}
	for i := range p.pods {
		if pod := &p.pods[i]; kubeapi.Alive(pod) && selector.Matches(labels.Set(pod.Labels)) {
			d := kubeapi.Diagnose(pod)
			found = append(found, health{d, d.BacksOffPulling() || d.Stuck(kubeapi.HistoryOf(pod), time.Time{})})
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
