package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// created is an object that does not exist yet, with the quota resources that count it.
type created struct{ countedAs []string }

// resources are the kinds that deploy and submit create.
func resources() map[string]schema.GroupVersionResource {
	return map[string]schema.GroupVersionResource{
		"ConfigMap":      {Version: "v1", Resource: "configmaps"},
		"Service":        {Version: "v1", Resource: "services"},
		"ServiceAccount": {Version: "v1", Resource: "serviceaccounts"},
		"Deployment":     {Group: "apps", Version: "v1", Resource: "deployments"},
		"Job":            {Group: "batch", Version: "v1", Resource: "jobs"},
		"CronJob":        {Group: "batch", Version: "v1", Resource: "cronjobs"},
		"NetworkPolicy":  {Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"},
		"Role":           {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
		"RoleBinding":    {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
		"Lease":          {Group: "coordination.k8s.io", Version: "v1", Resource: "leases"},
	}
}

// trial is the dry run of one object.
type trial struct {
	object  manifests.Object
	kind    string
	gvr     schema.GroupVersionResource
	client  dynamic.ResourceInterface
	missing bool
	found   Findings
	// foreign says whose it is, if there is one that is not ours.
	foreign *ForeignError
	// unasked names the missing right.
	unasked string
}

// name is how messages name it.
func (t *trial) name() string { return t.kind + " " + t.object.GetName() }

// admitObjects applies everything of deploy and submit as dry runs, and finds existing
// objects that are somebody else's.
func (p *preflight) admitObjects(ctx context.Context, f *Findings) {
	if p.Set == nil {
		return
	}
	trials := p.trials()
	calls := make([]func(), len(trials))
	for i, t := range trials {
		calls[i] = func() { p.try(ctx, t) }
	}
	bounded(calls)
	var foreign []*ForeignError
	for _, t := range trials {
		if t.foreign != nil {
			foreign = append(foreign, t.foreign)
		}
	}
	*f = append(*f, Overlap(p.cfg.Namespace, foreign)...)
	var unasked []string
	for _, t := range trials {
		*f = append(*f, t.found...)
		if t.unasked != "" {
			unasked = append(unasked, t.unasked)
		}
		if t.missing {
			p.created = append(p.created, t.counted()...)
		}
	}
	if len(unasked) > 0 {
		f.note("namespace "+p.cfg.Namespace, "", "cannot tell whether the API server would admit all that deploy and submit create: no right to %s in namespace %s", list(unasked), p.cfg.Namespace)
	}
}

func (p *preflight) trials() []*trial {
	objects := p.Set.Deployed()
	if p.Set.Job != nil {
		objects = append(objects, p.Set.Job)
	}
	if p.Set.CronJob != nil {
		objects = append(objects, p.Set.CronJob)
	}
	var out []*trial
	for _, o := range objects {
		kind := o.GetObjectKind().GroupVersionKind().Kind
		gvr := resources()[kind]
		out = append(out, &trial{object: o, kind: kind, gvr: gvr, client: p.facts.Dynamic().Resource(gvr).Namespace(p.cfg.Namespace)})
	}
	return out
}

// try reads the object and then applies it as a dry run.
func (p *preflight) try(ctx context.Context, t *trial) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	there, err := t.client.Get(ctx, t.object.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		t.missing = true
	case apierrors.IsForbidden(err) && t.grants():
		return // internal/cluster asks in the driver's name
	case apierrors.IsForbidden(err):
		t.unasked = "get " + t.gvr.Resource
		return
	case err != nil:
		t.found.note(t.name(), "", "%s cannot be read: %v", t.name(), err)
		return
	default:
		if errors.As(Foreign(there, t.kind, p.Experiment), &t.foreign) {
			return
		}
	}
	if !t.telling(p.Set) {
		return
	}
	if verb, err := p.dryRun(ctx, t); err != nil {
		p.verdict(ctx, t, verb, err)
	}
}

// telling skips dry runs that would tell nothing new: internal/cluster checks grants, and one
// of the ConfigMaps that a run writes to stands for all.
func (t *trial) telling(set *manifests.Set) bool {
	switch t.object.(type) {
	case *corev1.ConfigMap:
		state := slices.IndexFunc(set.State, func(o manifests.Object) bool { return o.GetName() == t.object.GetName() })
		return state <= 1
	}
	return !t.grants()
}

// grants tells whether a kind grants rights, which takes rights of its own.
func (t *trial) grants() bool { return t.kind == "Role" || t.kind == "RoleBinding" }

// dryRun does as a dry run what deploy or submit does with the object.
func (p *preflight) dryRun(ctx context.Context, t *trial) (verb string, err error) {
	dry := []string{metav1.DryRunAll}
	if t.object == manifests.Object(p.Set.Job) {
		_, err := p.facts.Client().BatchV1().Jobs(p.cfg.Namespace).Create(ctx, p.Set.Job, metav1.CreateOptions{DryRun: dry, FieldManager: kubeapi.FieldManager})
		if apierrors.IsAlreadyExists(err) {
			err = nil // submit deletes one that has ended
		}
		return "create", err
	}
	fields, err := manifests.Fields(t.object)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return "", fmt.Errorf("applying %s: %w", t.name(), err)
	}
	_, err = t.client.Patch(ctx, t.object.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{DryRun: dry, FieldManager: kubeapi.FieldManager, Force: new(true)})
	return "patch", err
}

// verdict tells a rejection by admission from a missing right, which is reported once for all.
func (p *preflight) verdict(ctx context.Context, t *trial, verb string, err error) {
	if apierrors.IsForbidden(err) {
		for _, verb := range []string{verb, "create"} {
			r := kubeapi.Right{Verb: verb, Group: t.gvr.Group, Resource: t.gvr.Resource}
			if ok, _, asked := p.facts.May(ctx, r); asked == nil && !ok {
				t.unasked = r.String()
				return
			}
		}
	}
	p.refusalOf(err).tell(&t.found, t.name(), t.name(), "see spec.cluster")
}

// counted is what quotas count for the object and what is created with it.
func (t *trial) counted() []created {
	as := []string{"count/" + strings.TrimSuffix(t.gvr.Resource+"."+t.gvr.Group, ".")}
	if t.gvr.Group == "" {
		as = append(as, t.gvr.Resource)
	}
	if svc, ok := t.object.(*corev1.Service); ok && svc.Spec.Type == corev1.ServiceTypeNodePort {
		as = append(as, "services.nodeports")
	}
	out := []created{{as}}
	if t.kind == "Deployment" {
		out = append(out, created{[]string{"count/replicasets.apps"}})
	}
	return out
}
