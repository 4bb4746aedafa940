package kube

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
)

// service checks that the Service is there and selects the target's pods and no others.
func (p *preflight) service(ctx context.Context, f *Findings) {
	if p.cfg.Service == "" {
		return
	}
	svc, err := p.clients.typed.CoreV1().Services(p.cfg.Namespace).Get(ctx, p.cfg.Service, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		f.problem("there is no Service %s in namespace %s; see spec.target.service and spec.target.url", p.cfg.Service, p.cfg.Namespace)
	case forbidden(err):
		f.unchecked("whether Service %s selects the target's pods: services may not be read", p.cfg.Service)
	case err != nil:
		f.unchecked("%v", err)
	default:
		p.selects(ctx, f, svc)
		p.port(f, svc)
	}
}

func (p *preflight) selects(ctx context.Context, f *Findings, svc *corev1.Service) {
	if p.target == nil {
		return
	}
	has := templateLabels(p.target.self)
	if len(has) == 0 || len(svc.Spec.Selector) == 0 {
		f.unchecked("whether Service %s selects the pods of %s: their labels are not known", svc.Name, describe(p.target.ref))
		return
	}
	if !labels.SelectorFromSet(svc.Spec.Selector).Matches(labels.Set(has)) {
		f.problem("Service %s selects %s, but the pods of %s have %s: it would send them nothing",
			svc.Name, pairs(svc.Spec.Selector), describe(p.target.ref), pairs(has))
		return
	}
	if others := p.others(ctx, svc); len(others) > 0 {
		f.problem("Service %s also selects pods that are not of %s: %s (it selects %s, the target's pods have %s)",
			svc.Name, describe(p.target.ref), list(others), pairs(svc.Spec.Selector), pairs(has))
	}
}

// others are the pods that a Service selects beside the target's.
func (p *preflight) others(ctx context.Context, svc *corev1.Service) []string {
	own, err := labels.Parse(p.target.scale.selector)
	if err != nil {
		return nil
	}
	pods, err := p.clients.typed.CoreV1().Pods(p.cfg.Namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.Set(svc.Spec.Selector).String()})
	if err != nil {
		return nil
	}
	var others []string
	for i := range pods.Items {
		if pod := &pods.Items[i]; alive(pod) && !own.Matches(labels.Set(pod.Labels)) {
			others = append(others, pod.Name)
		}
	}
	return others
}

// port checks that the Service listens where the load will send to.
func (p *preflight) port(f *Findings, svc *corev1.Service) {
	at, ok := targetPort(p.cfg.TargetURL)
	if !ok || !p.isService(svc.Name) {
		return
	}
	var has []string
	for _, port := range svc.Spec.Ports {
		if int(port.Port) == at {
			return
		}
		has = append(has, strconv.Itoa(int(port.Port)))
	}
	f.problem("Service %s has no port %d, which %s asks for; it has %s", svc.Name, at, p.cfg.TargetURL, list(has))
}

// isService tells whether the target's URL leads to the Service.
func (p *preflight) isService(name string) bool {
	u, err := url.Parse(p.cfg.TargetURL)
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(u.Hostname(), ".")
	return first == name
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

// templateLabels are those that the object gives its pods.
func templateLabels(u *unstructured.Unstructured) map[string]string {
	if u == nil {
		return nil
	}
	found, _, _ := unstructured.NestedStringMap(u.Object, "spec", "template", "metadata", "labels")
	return found
}

func pairs(set map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		out = append(out, k+"="+set[k])
	}
	return strings.Join(out, ",")
}

// request sends the real thing once, in the way that is open to the caller.
func (p *preflight) request(ctx context.Context, f *Findings) {
	if p.cfg.TargetURL == "" || p.needs.ReadyPath == "" && p.needs.Try == nil {
		return
	}
	if p.target != nil && p.target.scale.wanted == 0 {
		f.unchecked("whether the target answers: %s has no replicas now", describe(p.target.ref))
		return
	}
	base, client, err := p.way()
	if err != nil {
		f.unchecked("whether the target answers: %v", err)
		return
	}
	if lacking := p.proxyRight(ctx); lacking != "" {
		f.unchecked("whether the target answers: %s", lacking)
		return
	}
	if p.needs.ReadyPath != "" {
		if err := answers(ctx, client, base+p.needs.ReadyPath); err != nil {
			f.problem("the target does not answer: GET %s: %v", p.needs.ReadyPath, err)
			return
		}
	}
	if p.needs.Try != nil {
		if err := p.needs.Try(ctx, client, base); err != nil {
			f.problem("the target does not answer the load's requests: %v", err)
		}
	}
}

// way is how the caller reaches the target.
func (p *preflight) way() (base string, client *http.Client, err error) {
	if p.needs.InCluster {
		// Without a proxy, whatever the pod's variables say, as the workers send.
		return p.cfg.TargetURL, &http.Client{Timeout: callTime, Transport: &http.Transport{}}, nil
	}
	return ServiceProxy(p.cfg)
}

// proxyRight tells which right for way is missing. A refusal by the API server must
// not look like the target's.
func (p *preflight) proxyRight(ctx context.Context) string {
	if p.needs.InCluster {
		return ""
	}
	for _, verb := range []string{"get", "create"} {
		r := Right{Verb: verb, Resource: "services", Subresource: "proxy", Name: proxyName(p.cfg)}
		if ok, why, err := p.clients.may(ctx, r); err == nil && !ok {
			return fmt.Sprintf("no right to %s in namespace %s%s", r, p.cfg.Namespace, after(why))
		}
	}
	return ""
}

// proxyName is what the target's Service is called in the path of a proxied request.
func proxyName(cfg Config) string {
	scheme, _, _ := strings.Cut(cfg.TargetURL, ":")
	port, _ := targetPort(cfg.TargetURL)
	return fmt.Sprintf("%s:%s:%d", scheme, cfg.Service, port)
}

// ServiceProxy is how the target is reached from outside the cluster: a base URL at
// the API server and a client that may use it. It needs the right to get (and for
// a POST, create) services/proxy, and carries no load.
func ServiceProxy(cfg Config) (base string, client *http.Client, err error) {
	if cfg.Service == "" {
		return "", nil, fmt.Errorf("%s is not known to be a Service, and only those are reached from here", cfg.TargetURL)
	}
	u, err := url.Parse(cfg.TargetURL)
	if err != nil {
		return "", nil, fmt.Errorf("reading the target's URL: %w", err)
	}
	server, _, err := rest.DefaultServerUrlFor(cfg.REST)
	if err != nil {
		return "", nil, fmt.Errorf("reading the API server's address: %w", err)
	}
	client, err = rest.HTTPClientFor(cfg.REST)
	if err != nil {
		return "", nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	client.Timeout = callTime
	at := server.JoinPath("api/v1/namespaces", cfg.Namespace, "services", proxyName(cfg), "proxy", u.Path)
	return strings.TrimSuffix(at.String(), "/"), client, nil
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 300

func answers(ctx context.Context, client *http.Client, at string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s%s", resp.Status, after(strings.Join(strings.Fields(string(body)), " ")))
	}
	return err
}
