package preflight

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// admitPods creates a pod of each template as a dry run: that tells whether it would be
// admitted, and its spec after defaults, LimitRanges and webhooks.
func (p *preflight) admitPods(ctx context.Context, f *Findings) {
	if p.Inside || len(p.demands) == 0 {
		return
	}
	create := kubeapi.Right{Verb: "create", Resource: "pods"}
	if ok, why, err := p.facts.May(ctx, create); err != nil || !ok {
		f.note("namespace "+p.cfg.Namespace, "", "what Pod Security, policies, LimitRanges and quotas say about a pod of %s is only partly known: no right to %s, not even as a dry run%s",
			list(names(p.demands)), create, kubeapi.After(why))
		return
	}
	checks := make([]check, len(p.demands))
	for i, d := range p.demands {
		checks[i] = func(ctx context.Context, f *Findings) { p.admitPod(ctx, f, d) }
	}
	f.all(ctx, checks...)
}

func names(demands []*demand) (out []string) {
	for _, d := range demands {
		out = append(out, d.what)
	}
	return out
}

func (p *preflight) admitPod(ctx context.Context, f *Findings, d *demand) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		GenerateName: d.owner.Name + "-", Namespace: p.cfg.Namespace, OwnerReferences: []metav1.OwnerReference{d.owner},
		Labels: maps.Clone(d.template.Labels), Annotations: d.template.Annotations,
	}, Spec: *d.template.Spec.DeepCopy()}
	account := pod.Spec.ServiceAccountName
	create := func() (*corev1.Pod, error) {
		return p.facts.Client().CoreV1().Pods(p.cfg.Namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: kubeapi.FieldManager})
	}
	admitted, err := create()
	if d.part != "" && err != nil && strings.Contains(err.Error(), fmt.Sprintf("serviceaccount %q not found", account)) {
		pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = "", "" // deploy makes it, or internal/cluster says that it is not there
		admitted, err = create()
	}
	if err == nil {
		d.judged = true
		d.settle(admitted.Spec)
		return
	}
	r := p.refusalOf(err)
	r.certain = r.certain && d.exact
	d.judged = r.certain
	r.tell(f, "a pod of "+d.what, d.what, p.fixFor(d, r.text))
}

// fixFor is what to do about a pod that is refused.
func (p *preflight) fixFor(d *demand, refusal string) string {
	switch {
	case d.part == "":
		return "see " + d.where
	case strings.Contains(refusal, "security context constraint"):
		return "OpenShift assigns users and groups itself: give null for runAsUser, runAsGroup and fsGroup in spec.cluster." + d.part + ".podSecurityContext, or see " + p.Set.Blame(d.part, refusal)
	}
	return "see " + p.Set.Blame(d.part, refusal)
}

// refusal is the rejection of a dry run.
type refusal struct {
	// certain means that the real request would be rejected, too.
	certain bool
	// sums means that a quota is exceeded, which checkQuotas judges for all pods together.
	sums bool
	text string
}

// refusalOf classifies the error of a dry run.
func (p *preflight) refusalOf(err error) refusal {
	text := reasonOf(err)
	switch {
	case exceeds(text):
		return refusal{sums: len(p.quotas) > 0, text: text}
	case strings.Contains(text, "does not support dry run"):
		return refusal{text: "a webhook cannot be asked: " + text}
	case apierrors.IsInternalError(err) && (strings.Contains(text, "failed calling webhook") || strings.Contains(text, "failed to create typed patch object")):
		return refusal{certain: true, text: text}
	case kubeapi.NoAnswer(err) || kubeapi.AdmissionNotReady(text):
		return refusal{text: text}
	}
	return refusal{certain: true, text: text}
}

func (r refusal) tell(f *Findings, what, object, next string) {
	switch {
	case r.sums:
	case r.certain:
		f.refuse(object, next, "the API server would refuse %s: %s", what, r.text)
	default:
		f.note(object, "", "cannot tell whether the API server would admit %s: %s", what, r.text)
	}
}

// exceeds tells whether a quota is exceeded (apiserver/pkg/admission/plugin/resourcequota).
func exceeds(text string) bool { return strings.Contains(text, "exceeded quota: ") }

// reasonOf is the API server's message without the generated name of the pod.
func reasonOf(err error) string {
	text := err.Error()
	if _, why, ok := strings.Cut(text, " is forbidden: "); ok && strings.HasPrefix(text, "pods ") {
		return why
	}
	return text
}

// admitScales scales to the smallest and the largest count as dry runs.
func (p *preflight) admitScales(ctx context.Context, f *Findings) {
	if p.Inside {
		return
	}
	counts := map[platform.Role][]int{platform.Target: outermost(p.Replicas), platform.Worker: outermost([]int{p.Workers})}
	var checks []check
	for _, role := range []platform.Role{platform.Target, platform.Worker} {
		w, ok := p.roles[role]
		if !ok || !p.mayScale(ctx, w) {
			continue
		}
		for _, n := range counts[role] {
			checks = append(checks, func(ctx context.Context, f *Findings) { p.admitScale(ctx, f, w, n) })
		}
	}
	f.all(ctx, checks...)
}

// outermost are the smallest and the largest count.
func outermost(counts []int) []int {
	if len(counts) == 0 {
		return nil
	}
	return slices.Compact([]int{slices.Min(counts), slices.Max(counts)})
}

// mayScale is false without the right to scale, which the check of rights reports.
func (p *preflight) mayScale(ctx context.Context, w kubeapi.Workload) bool {
	ok, _, err := p.facts.May(ctx, w.Right("patch", "scale"))
	return ok && err == nil
}

func (p *preflight) admitScale(ctx context.Context, f *Findings, w kubeapi.Workload, n int) {
	if err := p.facts.TryScale(ctx, w, n); err != nil {
		what := fmt.Sprintf("scaling %s to %d", w, n)
		r := p.refusalOf(err)
		r.text = strings.TrimPrefix(r.text, what+": ")
		r.tell(f, what, w.String(), "see spec.matrix")
	}
}

// bounded runs calls concurrently, a few at a time.
func bounded(calls []func()) {
	const atOnce = 8
	tokens := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for _, call := range calls {
		all.Go(func() {
			tokens <- struct{}{}
			defer func() { <-tokens }()
			call()
		})
	}
	all.Wait()
}
