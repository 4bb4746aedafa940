package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// callTime bounds one call of the API server.
const callTime = 10 * time.Second

// Inspection says what is to be looked at, and for whom.
type Inspection struct {
	// Config is the run's.
	Config kubeapi.Config
	// Experiment is the name of the experiment, whose objects are ours.
	Experiment string
	// Set is what deploy and submit would create; nil if nothing will be created.
	Set *manifests.Set
	// Deploys makes a note of what is not there because nobody deployed it yet.
	Deploys bool
	// Replicas are the target's counts, Workers is the largest of the load's.
	Replicas []int
	Workers  int
	// OwnRun, if not empty, is the caller's own run, which may hold the lock.
	OwnRun string
	// Inside means that the caller is a driver's pod, which reaches the target itself and may
	// create nothing, not even as a dry run.
	Inside bool
	// Look says how far the look at the target goes, Load what it sends.
	Look Look
	Load Load
	// Exec runs commands in pods; nil means as kubectl exec does.
	Exec Exec
}

// preflight is the state of one inspection.
type preflight struct {
	Inspection
	facts *kubeapi.Facts
	cfg   kubeapi.Config

	roles  map[platform.Role]kubeapi.Workload
	target *kubeapi.Workload // nil when it is somebody else's or missing
	held   bool              // a run has the target
	quotas []corev1.ResourceQuota
	limits []corev1.LimitRange
	pods   []corev1.Pod // of the namespace

	demands []*demand
	created []created
}

// Run inspects. The error means that the API server could not be reached.
func Run(ctx context.Context, in Inspection) (Findings, error) {
	facts, err := kubeapi.NewFacts(in.Config)
	if err != nil {
		return nil, err
	}
	return newPreflight(in, facts).run(ctx)
}

func newPreflight(in Inspection, facts *kubeapi.Facts) *preflight {
	p := &preflight{Inspection: in, facts: facts, cfg: facts.Config(), roles: map[platform.Role]kubeapi.Workload{}}
	if p.Exec == nil {
		p.Exec = p.exec
	}
	return p
}

// check is one of the checks that run concurrently.
type check func(context.Context, *Findings)

// run has three steps, since quotas and nodes are computed from the results of dry runs.
func (p *preflight) run(ctx context.Context) (Findings, error) {
	var found Findings
	var unasked error
	objects := func(ctx context.Context, f *Findings) { unasked = p.objects(ctx, f) }
	found.all(ctx, objects, p.lease, p.listQuotas, p.listLimits, p.listPods)
	if unasked != nil {
		return nil, unasked
	}
	p.demands = p.wanted()
	found.all(ctx, p.admitPods, p.admitObjects)
	found.all(ctx, p.rights, p.admitScales, p.workloads, p.service, p.autoscaler, p.checkQuotas, p.checkLimits, p.nodes, p.look)
	return found, nil
}

// all runs checks concurrently and keeps their findings in order.
func (f *Findings) all(ctx context.Context, checks ...check) {
	found := make([]Findings, len(checks))
	var running sync.WaitGroup
	for i, c := range checks {
		running.Go(func() { c(ctx, &found[i]) })
	}
	running.Wait()
	*f = append(*f, slices.Concat(found...)...)
}

// objects finds the objects to scale. The error means that the API server did not answer.
func (p *preflight) objects(ctx context.Context, f *Findings) error {
	refs, absent := p.facts.Refs(), []string(nil)
	for _, role := range []platform.Role{platform.Target, platform.Master, platform.Worker} {
		ref, managed := refs[role]
		if !managed {
			continue
		}
		found, err := p.facts.Workload(ctx, ref)
		switch {
		case apierrors.IsNotFound(err) && p.toDeploy(role):
			absent = append(absent, kubeapi.Describe(ref))
		case apierrors.IsNotFound(err):
			f.refuse(kubeapi.Describe(ref), advice(role), "%s: there is no %s in namespace %s", role, kubeapi.Describe(ref), p.cfg.Namespace)
		case apierrors.IsForbidden(err): // the rights say so
		case kubeapi.NoAnswer(err):
			return err
		case err != nil:
			f.refuse(kubeapi.Describe(ref), "", "%s: %v", role, err)
		default:
			p.roles[role] = found
		}
	}
	if found, ok := p.roles[platform.Target]; ok {
		p.target = &found
	}
	f.notDeployed(absent, p.cfg.Namespace)
	return nil
}

// toDeploy tells whether deploy is still to come and makes what has this role.
func (p *preflight) toDeploy(role platform.Role) bool {
	return p.Deploys && role != platform.Target && p.Set != nil && p.Set.Master != nil
}

// notDeployed is one note on all of the load that is not there.
func (f *Findings) notDeployed(absent []string, namespace string) {
	if len(absent) > 0 {
		*f = append(*f, Finding{
			Undeployed: true, Object: "namespace " + namespace, Next: "run `swarmgrid deploy FILE`, or `swarmgrid all FILE` to deploy and run",
			Text: fmt.Sprintf("not deployed yet: namespace %s has no %s", namespace, strings.Join(absent, " and no ")),
		})
	}
}

func advice(role platform.Role) string {
	if role == platform.Target {
		return "see spec.target.scaleTargetRef and the namespace"
	}
	return "`swarmgrid deploy FILE` creates it"
}

// lease finds a run that holds the target.
func (p *preflight) lease(ctx context.Context, f *Findings) {
	name := "Lease " + p.facts.Lease()
	err := p.facts.Held(ctx, p.OwnRun)
	switch {
	case err == nil || apierrors.IsForbidden(err):
	case errors.As(err, new(*platform.HeldError)):
		p.held = true
		f.refuse(name, "", "%v", err)
	case apierrors.IsNotFound(err):
		create := kubeapi.Right{Verb: "create", Group: "coordination.k8s.io", Resource: "leases"}
		if ok, why, err := p.facts.May(ctx, create); err == nil && !ok {
			f.refuse(name, "", "there is no %s and no right to %s in namespace %s%s", name, create, p.cfg.Namespace, kubeapi.After(why))
		}
	default:
		f.note(name, "", "%v", err)
	}
}

// listPods reads the namespace's pods, which are optional.
func (p *preflight) listPods(ctx context.Context, _ *Findings) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if list, err := p.facts.Client().CoreV1().Pods(p.cfg.Namespace).List(ctx, metav1.ListOptions{}); err == nil {
		p.pods = list.Items
	}
}

func (p *preflight) rights(ctx context.Context, f *Findings) {
	rights, err := p.facts.Rights()
	if err != nil {
		return // the objects have a finding that says it
	}
	place := "namespace " + p.cfg.Namespace
	answers := p.mayAll(ctx, rights)
	for i, a := range answers {
		switch r := rights[i]; {
		case a.err != nil:
			f.note(place, "", "%v", a.err)
		case a.ok:
		case r.Without != "":
			f.note(place, "", "no right to %s in %s: %s", r, place, r.Without)
		default:
			f.refuse(place, "", "no right to %s in %s%s", r, place, kubeapi.After(a.why))
		}
	}
}

// answer is whether somebody may do something.
type answer struct {
	ok  bool
	why string
	err error
}

func (p *preflight) mayAll(ctx context.Context, rights []kubeapi.Right) []answer {
	answers := make([]answer, len(rights))
	var all sync.WaitGroup
	for i, r := range rights {
		all.Go(func() { answers[i].ok, answers[i].why, answers[i].err = p.facts.May(ctx, r) })
	}
	all.Wait()
	return answers
}

func (p *preflight) autoscaler(ctx context.Context, f *Findings) {
	if p.target == nil {
		return
	}
	refused, pausing, err := p.facts.Autoscaler(ctx, *p.target)
	switch {
	case apierrors.IsForbidden(err):
	case err != nil:
		f.note(p.target.String(), "", "%v", err)
	case refused != nil:
		f.refuse(p.target.String(), "", "%v", refused)
	}
	for i, a := range p.mayAll(ctx, pausing) {
		if a.err == nil && !a.ok {
			f.refuse("namespace "+p.cfg.Namespace, "", "no right to %s in namespace %s, which pausing needs%s", pausing[i], p.cfg.Namespace, kubeapi.After(a.why))
		}
	}
}

// describe is how messages name an object: "Deployment inference".
// list joins items for a message.
func list(items []string) string {
	items = slices.Clone(items)
	slices.Sort(items)
	return strings.Join(slices.Compact(items), ", ")
}
