package preflight

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// lookByStandIn sends requests through the API server's proxy, which differs from the load's
// way: it strips Authorization, changes Host, comes from elsewhere and uses the Service's
// ports even if it is headless. Success counts; a failure only if the load would meet it, too.
func (p *preflight) lookByStandIn(ctx context.Context, f *Findings, why string) {
	const way = "through the API server's proxy"
	base, client, err := ServiceProxy(p.cfg)
	switch {
	case err != nil:
		f.note(TheTarget, lookElse, unknown, join(why, err.Error()))
		return
	case p.Load.Authorized:
		f.note(TheTarget, lookElse, unknown, join(why, "the API server's proxy drops the load's Authorization"))
		return
	case p.Load.ReadyPath == "" && p.Load.Try == nil:
		f.note(TheTarget, lookElse, unknown, join(why, "the load's requests need variables that only the workers have"))
		return
	}
	if lacking := p.proxyRight(ctx); lacking != "" {
		f.note(TheTarget, lookElse, unknown, join(why, lacking))
		return
	}
	seen := &witness{next: client.Transport, certain: sameByProxy}
	client.Transport = seen
	status, failure := p.send(ctx, client, base)
	p.report(f, way, why, status, failure, seen.sure.Load())
}

func join(why, more string) string {
	if why == "" {
		return more
	}
	return why + ", and " + more
}

// lookFromHere sends requests from the driver's pod, whose labels, account and variables
// differ from the workers', so that policies may treat it differently.
func (p *preflight) lookFromHere(ctx context.Context, f *Findings) {
	if p.Load.ReadyPath == "" && p.Load.Try == nil {
		return
	}
	client := *p.Load.Client
	seen := &witness{next: client.Transport, certain: sameInside}
	client.Transport = seen
	status, failure := p.send(ctx, &client, p.cfg.TargetURL)
	p.report(f, "from the driver's pod", "", status, failure, seen.sure.Load())
}

// exchange is the outcome of a request: a status, an error, or a message of the API server.
type exchange struct {
	status int
	own    string
	err    error
}

// witness watches a client's exchanges for a failure that the load would meet, too. A
// response by the API server itself becomes an error, so that it is not taken for the target's.
type witness struct {
	next    http.RoundTripper
	certain func(exchange) bool
	sure    atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (w *witness) RoundTrip(req *http.Request) (*http.Response, error) {
	next := w.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(req)
	x := exchange{err: err}
	if err == nil {
		x.status, x.own = resp.StatusCode, ownAnswer(resp)
	}
	if (err != nil || x.status >= http.StatusBadRequest) && w.certain(x) {
		w.sure.Store(true)
	}
	if x.own != "" {
		_ = resp.Body.Close()
		return nil, errors.New("the API server says: " + x.own)
	}
	return resp, err
}

// maxStatus is more than an API server's error has.
const maxStatus = 16 << 10

// ownAnswer is the API server's own message about a proxied request; empty if the response
// is the target's.
func ownAnswer(resp *http.Response) string {
	if resp.StatusCode < http.StatusBadRequest {
		return ""
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	if err != nil {
		return ""
	}
	var status metav1.Status
	if json.Unmarshal(head, &status) == nil && status.Kind == "Status" && status.APIVersion == "v1" {
		return status.Message
	}
	if text := strings.TrimSpace(string(head)); strings.HasPrefix(text, "error trying to reach service: ") {
		return text
	}
	return ""
}

// sameByProxy tells whether the load would meet the failure, too: no backend, or a 5xx of
// the target. A 4xx proves nothing, since the proxy strips credentials and changes Host.
func sameByProxy(x exchange) bool {
	if x.own != "" {
		return strings.Contains(x.own, "no endpoints available") || strings.Contains(x.own, "connection refused")
	}
	return x.status >= http.StatusInternalServerError
}

// sameInside tells whether workers would meet the driver's failure, too.
func sameInside(x exchange) bool {
	switch x.status {
	case 0:
		var dns *net.DNSError
		return errors.As(x.err, &dns) && dns.IsNotFound || errors.Is(x.err, syscall.ECONNREFUSED)
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return false
	}
	return true
}

// proxyRight tells which right for the proxy is missing. A refusal by the API server
// must not look like the target's.
func (p *preflight) proxyRight(ctx context.Context) string {
	var rights []kubeapi.Right
	for _, verb := range []string{"get", "create"} {
		rights = append(rights, kubeapi.Right{Verb: verb, Resource: "services", Subresource: "proxy", Name: proxyName(p.cfg)})
	}
	for i, a := range p.mayAll(ctx, rights) {
		if a.err == nil && !a.ok {
			return fmt.Sprintf("there is no right to %s in namespace %s%s", rights[i], p.cfg.Namespace, kubeapi.After(a.why))
		}
	}
	return ""
}

// proxyName is what the target's Service is called in the path of a proxied request.
func proxyName(cfg kubeapi.Config) string {
	scheme, _, _ := strings.Cut(cfg.TargetURL, ":")
	port, _ := targetPort(cfg.TargetURL)
	return fmt.Sprintf("%s:%s:%d", scheme, cfg.Service, port)
}

// ServiceProxy is a way to the target from outside the cluster: a base URL at
// the API server and a client that may use it. It needs the right to get (and for
// a POST, create) services/proxy, and carries no load.
func ServiceProxy(cfg kubeapi.Config) (base string, client *http.Client, err error) {
	if cfg.Service == "" || experiment.ServiceOf(cfg.TargetURL, cfg.Namespace) != cfg.Service {
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
	shared, err := rest.HTTPClientFor(cfg.REST)
	if err != nil {
		return "", nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	own := *shared
	own.Timeout = callTime
	at := server.JoinPath("api/v1/namespaces", cfg.Namespace, "services", proxyName(cfg), "proxy", u.Path)
	return strings.TrimSuffix(at.String(), "/"), &own, nil
}
