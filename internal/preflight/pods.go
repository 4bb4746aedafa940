package preflight

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// Pods checks, before any object of a set is created, whether its pods would be admitted
// and told apart from the target's.
func Pods(ctx context.Context, facts *kubeapi.Facts, set *manifests.Set) Findings {
	in := Inspection{Set: set}
	if set.Worker != nil {
		in.Workers = int(*set.Worker.Spec.Replicas)
	}
	p := newPreflight(in, facts)
	var found Findings
	found.all(ctx, p.listQuotas, p.listLimits)
	p.demands = p.wanted()
	found.all(ctx, p.admitPods, p.targetsService)
	return found
}

// targetsService sees that the Service in front of the target takes none of our pods for
// its own. Whatever else is wrong with it is no matter of deploy's.
func (p *preflight) targetsService(ctx context.Context, f *Findings) {
	if p.cfg.Service == "" {
		return
	}
	svc, err := p.facts.Client().CoreV1().Services(p.cfg.Namespace).Get(ctx, p.cfg.Service, metav1.GetOptions{})
	switch {
	case err == nil:
		p.takesOurs(f, svc)
	case !apierrors.IsNotFound(err) && !apierrors.IsForbidden(err):
		f.note("Service "+p.cfg.Service, "", "%v", err)
	}
}

// takesOurs tells of pods that deploy and submit would make and that a Service would send
// the load to.
func (p *preflight) takesOurs(f *Findings, svc *corev1.Service) {
	if len(svc.Spec.Selector) == 0 {
		return
	}
	selector := labels.SelectorFromSet(svc.Spec.Selector)
	for _, d := range p.demands {
		if d.part != "" && selector.Matches(labels.Set(d.template.Labels)) {
			f.refuse("Service "+svc.Name, "see spec.cluster."+d.part+".labels", "Service %s, which is in front of the target, would select the pods of %s, too: it selects %s",
				svc.Name, d.what, pairs(svc.Spec.Selector))
		}
	}
}
