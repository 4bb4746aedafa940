package preflight

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// service checks that the Service is there and selects the target's pods and no others.
func (p *preflight) service(ctx context.Context, f *Findings) {
	if p.cfg.Service == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	name := "Service " + p.cfg.Service
	svc, err := p.facts.Client().CoreV1().Services(p.cfg.Namespace).Get(ctx, p.cfg.Service, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		f.refuse(name, p.makeService(), "there is no %s in namespace %s", name, p.cfg.Namespace)
	case apierrors.IsForbidden(err):
		f.note(name, "", "cannot tell whether %s selects the target's pods: services may not be read", name)
	case err != nil:
		f.note(name, "", "%v", err)
	default:
		p.selects(f, svc)
		p.takesOurs(f, svc)
		p.port(f, svc)
		p.sticky(f, svc)
	}
}

// makeService is what to do about a Service that is not there.
func (p *preflight) makeService() string {
	const see = "see spec.target.service and spec.target.url"
	if p.target == nil || p.target.Ref.Kind != "Deployment" {
		return see
	}
	template, _ := p.target.Template()
	command := experiment.Expose(p.target.Ref.Name, p.cfg.Namespace, kubeapi.FirstPort(template.Spec))
	if p.cfg.Service != p.target.Ref.Name {
		command += " --name " + p.cfg.Service
	}
	return fmt.Sprintf("create one, as in `%s`, or %s", command, see)
}

// sticky notes a Service with session affinity: to it each worker is one client.
func (p *preflight) sticky(f *Findings, svc *corev1.Service) {
	if text := kubeapi.StickyOf(svc); text != "" && len(p.Replicas) > 0 && slices.Max(p.Replicas) > 1 {
		f.note("Service "+svc.Name, "", "%s: up to %s reach no more replicas than that, and up to %d are to be measured; a window in which a replica gets no requests is INVALID",
			text, matrix.Count(p.Workers, "worker"), slices.Max(p.Replicas))
	}
}

func (p *preflight) selects(f *Findings, svc *corev1.Service) {
	if p.target == nil {
		return
	}
	name := "Service " + svc.Name
	template, _ := templateOf(*p.target)
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		f.refuse(name, "see spec.target.url and spec.target.service", "%s, and not for the pods of %s", kubeapi.Misleads(svc, template.Labels), p.target)
		return
	}
	if len(template.Labels) == 0 || len(svc.Spec.Selector) == 0 {
		f.note(name, "", "cannot tell whether %s selects the pods of %s: their labels are not known", name, p.target)
		return
	}
	if !labels.SelectorFromSet(svc.Spec.Selector).Matches(labels.Set(template.Labels)) {
		f.refuse(name, "", "%s selects %s, but the pods of %s have %s: it would send them nothing",
			name, pairs(svc.Spec.Selector), p.target, pairs(template.Labels))
		return
	}
	if others := p.others(svc); len(others) > 0 {
		f.refuse(name, "", "%s also selects pods that are not part of %s: %s (it selects %s, the target's pods have %s)",
			name, p.target, list(others), pairs(svc.Spec.Selector), pairs(template.Labels))
	}
}

// others are the pods that a Service selects beside the target's.
func (p *preflight) others(svc *corev1.Service) []string {
	own, err := labels.Parse(p.target.Selector)
	if err != nil {
		return nil
	}
	selector := labels.SelectorFromSet(svc.Spec.Selector)
	var others []string
	for i := range p.pods {
		pod := &p.pods[i]
		if has := labels.Set(pod.Labels); kubeapi.Alive(pod) && selector.Matches(has) && !own.Matches(has) {
			others = append(others, pod.Name)
		}
	}
	return others
}

// port checks that something listens where the load will send to.
func (p *preflight) port(f *Findings, svc *corev1.Service) {
	at, ok := targetPort(p.cfg.TargetURL)
	if !ok || !p.isService(svc.Name) || svc.Spec.Type == corev1.ServiceTypeExternalName {
		return // a name for another host, whose ports are its own
	}
	if svc.Spec.ClusterIP == corev1.ClusterIPNone {
		p.headlessPort(f, svc, at)
		return
	}
	var has []string
	for _, port := range svc.Spec.Ports {
		if int(port.Port) == at {
			return
		}
		has = append(has, strconv.Itoa(int(port.Port)))
	}
	f.refuse("Service "+svc.Name, "see spec.target.url", "Service %s has no port %d, which %s asks for; it has %s", svc.Name, at, p.cfg.TargetURL, list(has))
}

// headlessPort checks a headless Service: its name resolves to the pods, so that clients
// connect to the pods' own ports.
func (p *preflight) headlessPort(f *Findings, svc *corev1.Service, at int) {
	var template corev1.PodTemplateSpec
	if p.target != nil {
		template, _ = templateOf(*p.target)
	}
	listens := kubeapi.ContainerPorts(template.Spec)
	translated := false
	for _, port := range svc.Spec.Ports {
		inside, known := kubeapi.PodPort(port, listens)
		translated = translated || int(port.Port) == at && known && inside != at
		if known {
			listens[""] = append(listens[""], inside)
		}
	}
	name, all := "Service "+svc.Name, slices.Concat(slices.Collect(maps.Values(listens))...)
	var known []string
	for _, port := range all {
		known = append(known, strconv.Itoa(port))
	}
	switch {
	case slices.Contains(all, at):
	case translated:
		f.refuse(name, "write the pods' own port in spec.target.url",
			"%s is headless: clients connect to the pods themselves, and they listen on %s, not on %d, which %s asks for", name, list(known), at, p.cfg.TargetURL)
	default:
		f.note(name, "see spec.target.url",
			"%s is headless: clients connect to the pods themselves; cannot tell whether those listen on %d (they name %s)", name, at, list(known))
	}
}

// isService tells whether the target's URL leads to the Service.
func (p *preflight) isService(name string) bool {
	return experiment.ServiceOf(p.cfg.TargetURL, p.cfg.Namespace) == name
}

func targetPort(raw string) (int, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return 0, false
	}
	if u.Port() == "" {
		return map[string]int{"http": 80, "https": 443}[u.Scheme], true
	}
	port, err := strconv.Atoi(u.Port())
	return port, err == nil
}

func pairs(set map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		out = append(out, k+"="+set[k])
	}
	return strings.Join(out, ",")
}
