package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Needs is what a run will ask for, at most.
type Needs struct {
	// Replicas and Workers are the largest counts.
	Replicas, Workers int
	// ReadyPath, when not empty, must answer GET with a 2xx or 3xx status.
	ReadyPath string
	// Try, when not nil, sends the load's own requests once, to base with client.
	Try func(ctx context.Context, client *http.Client, base string) error
	// InCluster means that the caller can reach Config.TargetURL itself. From
	// outside, requests take the API server's service proxy.
	InCluster bool
	// OwnRun, when not empty, is the run whose lock is no problem: the caller's own.
	OwnRun string
}

// Findings are the results of a preflight. Each line is one sentence for a person.
type Findings struct {
	// Problems would make the run fail.
	Problems []string
	// Unchecked is what could not be looked at, and why.
	Unchecked []string
}

func (f *Findings) problem(format string, args ...any) {
	f.Problems = append(f.Problems, fmt.Sprintf(format, args...))
}

func (f *Findings) unchecked(format string, args ...any) {
	f.Unchecked = append(f.Unchecked, fmt.Sprintf(format, args...))
}

// preflight is one inspection.
type preflight struct {
	cfg     Config
	needs   Needs
	clients *clients
	roles   map[platform.Role]inspected
	target  *inspected // nil when it is someone else's or missing
}

// inspected is one object that is there.
type inspected struct {
	object
	scale scale
	self  *unstructured.Unstructured
}

// Preflight looks for everything that would make a run fail, and changes nothing.
// The error means that the API server could not be asked at all.
func Preflight(ctx context.Context, cfg Config, needs Needs) (Findings, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return Findings{}, err
	}
	c, err := newClients(cfg)
	if err != nil {
		return Findings{}, err
	}
	if _, err := c.typed.Discovery().ServerVersion(); err != nil {
		return Findings{}, fmt.Errorf("reaching the API server %s: %w", cfg.REST.Host, err)
	}
	p := &preflight{cfg: cfg, needs: needs, clients: c, roles: map[platform.Role]inspected{}}
	return p.run(ctx)
}

func (p *preflight) run(ctx context.Context) (Findings, error) {
	first := &Findings{}
	if err := p.objects(ctx, first); err != nil {
		return Findings{}, err
	}
	checks := []func(context.Context, *Findings){p.rights, p.lease, p.service, p.autoscaler, p.quotas, p.nodes, p.request}
	found := make([]Findings, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { check(ctx, &found[i]) })
	}
	all.Wait()
	for _, f := range found {
		first.Problems = append(first.Problems, f.Problems...)
		first.Unchecked = append(first.Unchecked, f.Unchecked...)
	}
	return *first, nil
}

// objects finds what there is to scale. The error is the API server's trouble, which
// says nothing about the objects.
func (p *preflight) objects(ctx context.Context, f *Findings) error {
	for _, role := range []platform.Role{platform.Target, platform.Master, platform.Worker} {
		ref, managed := p.cfg.refs()[role]
		if !managed {
			continue
		}
		found, err := p.inspect(ctx, ref)
		switch {
		case apierrors.IsNotFound(err):
			f.problem("%s: there is no %s in namespace %s%s", role, describe(ref), p.cfg.Namespace, advice(role))
		case forbidden(err): // the rights say so
		case noAnswer(err):
			return err
		case err != nil:
			f.problem("%s: %v", role, err)
		default:
			p.roles[role] = found
			p.owner(f, found)
		}
	}
	if found, ok := p.roles[platform.Target]; ok {
		p.target = &found
	}
	return nil
}

// noAnswer tells an API server, or a network, that gave no answer from one that
// said no.
func noAnswer(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && !hopeless(err) || Unreachable(err)
}

func advice(role platform.Role) string {
	if role == platform.Target {
		return "; see spec.target.scaleTargetRef and the namespace"
	}
	return "; `swarmgrid deploy` makes it"
}

func (p *preflight) inspect(ctx context.Context, ref v1alpha1.ScaleTargetRef) (inspected, error) {
	o, err := p.clients.object(ref)
	if err != nil {
		return inspected{}, err
	}
	s, err := o.getScale(ctx)
	if apierrors.IsNotFound(err) && p.exists(ctx, o) {
		return inspected{}, errors.New(describe(ref) + " has no scale subresource, so it cannot be scaled")
	}
	if err != nil {
		return inspected{}, err
	}
	found := inspected{object: o, scale: s}
	list, err := o.client.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + ref.Name})
	if err == nil && len(list.Items) == 1 {
		found.self = &list.Items[0]
	}
	return found, nil
}

func (p *preflight) exists(ctx context.Context, o object) bool {
	list, err := o.client.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + o.ref.Name})
	return err == nil && len(list.Items) == 1
}

// owner finds an object that another one scales, such as a Deployment's ReplicaSet.
func (p *preflight) owner(f *Findings, found inspected) {
	if found.self == nil {
		return
	}
	if owner := metav1.GetControllerOf(found.self); owner != nil {
		f.problem("%s belongs to %s %s, which would undo every scaling; name that as the target instead", describe(found.ref), owner.Kind, owner.Name)
	}
}

func (p *preflight) rights(ctx context.Context, f *Findings) {
	rights, err := p.clients.rights(p.cfg)
	if err != nil {
		return // the objects have a problem that says it
	}
	type answer struct {
		ok  bool
		why string
		err error
	}
	answers := make([]answer, len(rights))
	var all sync.WaitGroup
	for i, r := range rights {
		all.Go(func() { answers[i].ok, answers[i].why, answers[i].err = p.clients.may(ctx, r) })
	}
	all.Wait()
	for i, a := range answers {
		switch r := rights[i]; {
		case a.err != nil:
			f.unchecked("%v", a.err)
		case a.ok:
		case r.Without != "":
			f.unchecked("no right to %s in namespace %s: %s", r, p.cfg.Namespace, r.Without)
		default:
			f.problem("no right to %s in namespace %s%s", r, p.cfg.Namespace, after(a.why))
		}
	}
}

// lease finds a run that holds the target.
func (p *preflight) lease(ctx context.Context, f *Findings) {
	l := newLock(p.clients, p.cfg)
	lease, err := l.get(ctx)
	switch {
	case apierrors.IsNotFound(err):
		create := Right{Verb: "create", Group: "coordination.k8s.io", Resource: "leases"}
		if ok, why, err := p.clients.may(ctx, create); err == nil && !ok {
			f.problem("there is no Lease %s and no right to %s in namespace %s%s", l.name, create, p.cfg.Namespace, after(why))
		}
	case forbidden(err):
	case err != nil:
		f.unchecked("%v", err)
	default:
		held := holderOf(lease)
		if held.Run != "" && held.Run != p.needs.OwnRun && !RunOut(lease, l.duration) {
			f.problem("%v", &platform.HeldError{Target: l.target, Holder: held})
		}
	}
}

func (p *preflight) autoscaler(ctx context.Context, f *Findings) {
	if p.target == nil {
		return
	}
	found, err := findAutoscaler(ctx, p.clients, p.target.object)
	switch {
	case forbidden(err):
	case err != nil:
		f.unchecked("%v", err)
	case found == nil:
	case p.cfg.Autoscaler != v1alpha1.AutoscalerPause:
		f.problem("%v", refusal(found, p.target.ref))
	default:
		for _, r := range ofPausing(found) {
			if ok, why, err := p.clients.may(ctx, r); err == nil && !ok {
				f.problem("no right to %s in namespace %s, which pausing needs%s", r, p.cfg.Namespace, after(why))
			}
		}
	}
}

// list joins what a message enumerates.
func list(items []string) string {
	slices.Sort(items)
	return strings.Join(slices.Compact(items), ", ")
}
