package preflight

import (
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// demand is the largest number of pods of one template that a run needs.
type demand struct {
	// what names who makes them, where the place that can be changed; part is that of
	// spec.cluster where they are ours.
	what, where, part string
	// count is that number, present the existing pods, which quotas count already.
	count, present int
	// selector selects the existing pods.
	selector labels.Selector
	// owner is what will create the pods, for policies that check it.
	owner    metav1.OwnerReference
	template corev1.PodTemplateSpec
	// exact means that the pods follow the template: a controller of an unknown kind may
	// change it.
	exact bool

	// spec is the pods' spec as admitted by the API server if judged, else with LimitRange
	// defaults.
	spec     corev1.PodSpec
	judged   bool
	requests corev1.ResourceList
	limits   corev1.ResourceList
}

// settle sets the spec and its sums.
func (d *demand) settle(spec corev1.PodSpec) {
	d.spec, d.requests, d.limits = spec, podRequests(spec), podLimits(spec)
}

// wanted are the demands whose pod template is known, the load's before the target's. What
// deploy will create counts, and not what an earlier deploy created.
func (p *preflight) wanted() []*demand {
	var out []*demand
	if p.Set != nil && p.Set.Job != nil {
		d := &demand{
			what: "Job " + p.Set.Job.Name, count: 1, selector: labels.Nothing(), template: p.Set.Job.Spec.Template,
			owner: ownedBy("batch/v1", "Job", p.Set.Job.Name), part: manifests.ComponentDriver, exact: true,
		}
		out = append(out, d)
	}
	if p.Set != nil && p.Set.Master != nil {
		out = append(out, p.planned(platform.Master, p.Set.Master, 1), p.planned(platform.Worker, p.Set.Worker, p.Workers))
	} else {
		out = append(out, p.found(platform.Master, 1), p.found(platform.Worker, p.Workers))
	}
	out = append(out, p.found(platform.Target, slices.Max(append([]int{0}, p.Replicas...))))
	out = slices.DeleteFunc(out, func(d *demand) bool { return d == nil || d.count == 0 })
	for _, d := range out {
		d.settle(defaulted(d.template.Spec, p.limits))
	}
	return out
}

// planned are the pods of a Deployment that deploy creates or changes.
func (p *preflight) planned(role platform.Role, made *appsv1.Deployment, count int) *demand {
	selector, err := metav1.LabelSelectorAsSelector(made.Spec.Selector)
	if err != nil {
		return nil
	}
	d := &demand{
		what: "Deployment " + made.Name, part: string(role), count: count, selector: selector, template: made.Spec.Template,
		owner: ownedBy("apps/v1", "ReplicaSet", made.Name), exact: true,
	}
	if there, ok := p.roles[role]; ok {
		d.present = there.Count("replicas")
	}
	return d
}

// found are the pods of an existing object; nil if its template is not known.
func (p *preflight) found(role platform.Role, count int) *demand {
	w, ok := p.roles[role]
	if !ok {
		return nil
	}
	template, ok := templateOf(w)
	selector, err := labels.Parse(w.Selector)
	if !ok || err != nil || w.Selector == "" {
		return nil
	}
	kind, version := w.Ref.Kind, w.Ref.APIVersion
	if kind == "Deployment" {
		kind = "ReplicaSet"
	}
	return &demand{
		what: w.String(), where: "its pod template", count: count, present: w.Count("replicas"), selector: selector, template: template,
		owner: ownedBy(version, kind, w.Ref.Name), exact: version == "apps/v1",
	}
}

// ownedBy imitates a controller's owner reference; the UID is made up.
func ownedBy(version, kind, name string) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: version, Kind: kind, Name: name, UID: "00000000-0000-0000-0000-000000000000", Controller: new(true)}
}

// templateOf is a workload's pod template.
func templateOf(w kubeapi.Workload) (corev1.PodTemplateSpec, bool) {
	var object struct {
		Spec struct {
			VolumeClaimTemplates []corev1.PersistentVolumeClaim `json:"volumeClaimTemplates"`
		} `json:"spec"`
	}
	template, ok := w.Template()
	if !ok || runtime.DefaultUnstructuredConverter.FromUnstructured(w.Self.Object, &object) != nil {
		return corev1.PodTemplateSpec{}, false
	}
	for _, claim := range object.Spec.VolumeClaimTemplates { // a StatefulSet's
		source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name + "-" + w.Ref.Name + "-0"}}
		template.Spec.Volumes = append(template.Spec.Volumes, corev1.Volume{Name: claim.Name, VolumeSource: source})
	}
	return template, true
}

// podRequests is what the scheduler counts: the sum of the containers or the largest init
// container, plus the sidecars. Without a request a container's limit counts. Pod-level
// resources override the containers'.
func podRequests(spec corev1.PodSpec) corev1.ResourceList {
	return podSum(spec, requestsOf, func(r corev1.ResourceRequirements) corev1.ResourceList { return r.Requests })
}

func podLimits(spec corev1.PodSpec) corev1.ResourceList {
	limits := func(r corev1.ResourceRequirements) corev1.ResourceList { return r.Limits }
	return podSum(spec, limits, limits)
}

func podSum(spec corev1.PodSpec, of, whole func(corev1.ResourceRequirements) corev1.ResourceList) corev1.ResourceList {
	sum, initial := corev1.ResourceList{}, corev1.ResourceList{}
	for _, c := range spec.Containers {
		add(sum, of(c.Resources))
	}
	for _, c := range spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(sum, of(c.Resources))
			continue
		}
		raise(initial, of(c.Resources))
	}
	raise(sum, initial)
	if spec.Resources != nil {
		maps.Copy(sum, whole(*spec.Resources))
	}
	add(sum, spec.Overhead)
	return sum
}

func requestsOf(r corev1.ResourceRequirements) corev1.ResourceList {
	out := corev1.ResourceList{}
	maps.Copy(out, r.Limits)
	maps.Copy(out, r.Requests)
	return out
}

// raise keeps the maximum of each resource.
func raise(set, other corev1.ResourceList) {
	for name, q := range other {
		if q.Cmp(set[name]) > 0 {
			set[name] = q
		}
	}
}

func add(sum, more corev1.ResourceList) {
	for name, q := range more {
		total := sum[name].DeepCopy()
		total.Add(q)
		sum[name] = total
	}
}

// everyContainer calls f for each, init containers first.
func everyContainer(spec *corev1.PodSpec, f func(*corev1.Container)) {
	for i := range spec.InitContainers {
		f(&spec.InitContainers[i])
	}
	for i := range spec.Containers {
		f(&spec.Containers[i])
	}
}

// defaulted is a spec with the defaults of LimitRanges. As in the API server, a missing
// request is first taken from the limit.
func defaulted(spec corev1.PodSpec, ranges []corev1.LimitRange) corev1.PodSpec {
	out := *spec.DeepCopy()
	everyContainer(&out, func(c *corev1.Container) {
		c.Resources.Requests = requestsOf(c.Resources)
		if c.Resources.Limits == nil {
			c.Resources.Limits = corev1.ResourceList{}
		}
		for _, limit := range ranges {
			for _, item := range limit.Spec.Limits {
				if item.Type == corev1.LimitTypeContainer {
					fill(c.Resources.Requests, item.DefaultRequest)
					fill(c.Resources.Limits, item.Default)
				}
			}
		}
	})
	return out
}

func fill(set, defaults corev1.ResourceList) {
	for name, q := range defaults {
		if _, has := set[name]; !has {
			set[name] = q
		}
	}
}
