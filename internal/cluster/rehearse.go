package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// RefusedError says what the API server would reject of a deploy.
type RefusedError struct {
	// Refusals have one line per object, or per kind where the kind is refused.
	Refusals []string
	// Grant is the YAML that somebody with more rights has to apply; may be empty.
	Grant []byte

	// foreign are the objects that are not the experiment's, which is one refusal for
	// all of an owner's.
	foreign []*preflight.ForeignError
}

// Error says that nothing was changed, why, and what to do.
func (e *RefusedError) Error() string {
	return "deploy would be refused, so it has changed nothing:\n  " + strings.Join(e.Refusals, "\n  ") + e.advice()
}

// advice is what somebody who may grant rights has to do.
func (e *RefusedError) advice() string {
	if len(e.Grant) == 0 {
		return ""
	}
	return "\nhave somebody who may grant these rights apply this once; deploy then leaves it as it is:\nkubectl apply -f - <<'EOF'\n" + string(e.Grant) + "EOF"
}

// deployable is the set that the caller may deploy: the driver's Role lacks optional rules
// that the caller may not grant, and pods are annotated with the versions of the Secrets and
// ConfigMaps that they read. Notes are for a person.
func (c *Cluster) deployable(ctx context.Context, exp *experiment.Experiment, meta *metadataReader) (set *manifests.Set, notes []string, err error) {
	opts, err := c.options(ctx, exp)
	if err != nil {
		return nil, nil, err
	}
	if opts.Versions, notes, err = c.versions(ctx, exp, meta); err != nil {
		return nil, nil, err
	}
	set, ungranted, err := c.grantable(ctx, exp, opts)
	for _, r := range kubeapi.RightsOf(ungranted) {
		notes = append(notes, fmt.Sprintf("the driver does without the right to %s, which you may not grant; a run then reports less", r))
	}
	return set, notes, err
}

// grantable is the set whose Role lacks the optional rules that the caller may not grant.
func (c *Cluster) grantable(ctx context.Context, exp *experiment.Experiment, opts manifests.Options) (set *manifests.Set, ungranted []rbacv1.PolicyRule, err error) {
	set, err = manifests.Build(exp, opts)
	if err != nil {
		return nil, nil, err
	}
	if opts.Ungranted = c.ungranted(ctx, set, exp.LoadMatrix.Name); len(opts.Ungranted) > 0 {
		set, err = manifests.Build(exp, opts)
	}
	return set, opts.Ungranted, err
}

// ungranted asks the API server with a dry run of a Role for each rule, since only it knows
// what the caller may grant. A caller who may create no Role at all gets no list: the
// rehearsal of the whole Role reports that.
func (c *Cluster) ungranted(ctx context.Context, set *manifests.Set, experiment string) (rules []rbacv1.PolicyRule) {
	a := accessOf(set)
	refuses := func(rules ...rbacv1.PolicyRule) bool {
		role := a.role.DeepCopy()
		role.Rules = rules
		_, _, err := c.put(ctx, role, experiment, true)
		return apierrors.IsForbidden(err)
	}
	if !refuses(a.role.Rules...) || refuses() {
		return nil
	}
	for _, aid := range a.aids {
		if contains(a.role.Rules, aid) && refuses(aid) {
			rules = append(rules, aid)
		}
	}
	return rules
}

// rehearseDeploy has all judged that deploy would apply, and what its pods would meet:
// what they need, and who would not let them in, which nobody says of a Deployment. Notes
// are what could not be asked.
func (c *Cluster) rehearseDeploy(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, meta *metadataReader) (settled map[Change]bool, notes []string, err error) {
	settled, err = c.rehearse(ctx, exp, set, set.Deployed()...)
	refused := &RefusedError{}
	if err != nil && !errors.As(err, &refused) {
		return nil, nil, err
	}
	facts, err := kubeapi.FactsFrom(c.config(exp), c.Client, nil)
	if err != nil {
		return nil, nil, err
	}
	found := append(c.needFindings(ctx, set, meta), preflight.Pods(ctx, facts, set)...)
	others := preflight.Overlap(c.Namespace, refused.foreign).Lines()
	refused.Refusals = append(others, refused.Refusals...)
	refused.Refusals = append(refused.Refusals, found.Refusals().Lines()...)
	if len(refused.Refusals) > 0 {
		return nil, nil, refused
	}
	return settled, found.Notes().Lines(), nil
}

// rehearse applies objects as a dry run, so that the API server checks rights, policies and
// fields. Roles and RoleBindings that the caller may not apply, but whose rights the driver
// already has, are settled.
func (c *Cluster) rehearse(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, objects ...manifests.Object) (settled map[Change]bool, err error) {
	refused := &RefusedError{}
	told := map[string]bool{}
	settled = map[Change]bool{}
	for _, o := range objects {
		change := changeOf(o)
		_, _, err := c.put(ctx, o, exp.LoadMatrix.Name, true)
		var foreign *preflight.ForeignError
		switch {
		case errors.As(err, &foreign):
			refused.foreign = append(refused.foreign, foreign)
		case err == nil, cannotRehearse(err), change.Kind == "RoleBinding" && roleToCome(err):
		case noNamespace(err):
			return nil, fmt.Errorf("there is no namespace %s; create it, or give another with -n", c.Namespace)
		case !judged(err):
			return nil, err
		case kubeapi.Denied(err) && grantsRights(change.Kind):
			settled[change] = true
			refused.add(told, change, err)
		default:
			refused.add(told, change, err)
		}
	}
	if len(settled) > 0 {
		if c.checkAccess(ctx, set) == nil {
			refused.Refusals = slices.DeleteFunc(refused.Refusals, refusesGrant)
		} else if refused.Grant, err = grantYAML(set); err != nil {
			return nil, err
		}
	}
	if len(refused.Refusals)+len(refused.foreign) > 0 {
		return nil, refused
	}
	return settled, nil
}

// grantFindings are the Roles and RoleBindings that deploy may not apply, unless the driver
// has the rights already. internal/preflight checks the other objects.
func (c *Cluster) grantFindings(ctx context.Context, exp *experiment.Experiment, plan planned) (found preflight.Findings, advice string) {
	if plan.unread != nil {
		return nil, "" // which has a finding of its own
	}
	set, _, err := c.grantable(ctx, exp, plan.opts)
	if err != nil || c.checkAccess(ctx, set) == nil {
		return nil, ""
	}
	a := accessOf(set)
	_, err = c.rehearse(ctx, exp, set, a.role, a.binding)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		return nil, ""
	}
	for _, r := range refused.Refusals {
		object, why, _ := strings.Cut(r, ": ")
		found = append(found, preflight.Finding{Refusal: true, Object: object, Text: fmt.Sprintf("the API server would refuse %s: %s", object, why)})
	}
	return found, refused.advice()
}

// judged tells whether an error is a verdict on the object, and not the network's or the
// server's.
func judged(err error) bool {
	var status apierrors.APIStatus
	return kubeapi.Permanent(err) || kubeapi.Denied(err) || !errors.As(err, &status) && !driver.Transient(err)
}

// cannotRehearse tells whether a webhook does not support dry runs.
func cannotRehearse(err error) bool {
	return apierrors.IsBadRequest(err) && strings.Contains(err.Error(), "does not support dry run")
}

func noNamespace(err error) bool {
	var status apierrors.APIStatus
	return apierrors.IsNotFound(err) && errors.As(err, &status) && status.Status().Details != nil && status.Status().Details.Kind == "namespaces"
}

// roleToCome tells whether a RoleBinding is rejected because its Role does not exist yet,
// since a dry run creates none.
func roleToCome(err error) bool {
	return apierrors.IsNotFound(err) && strings.Contains(err.Error(), "roles.rbac.authorization.k8s.io")
}

// add adds a refusal; a missing right is listed once per kind.
func (e *RefusedError) add(told map[string]bool, change Change, err error) {
	if kubeapi.Denied(err) {
		if told[change.Kind] {
			return
		}
		told[change.Kind] = true
	}
	e.Refusals = append(e.Refusals, fmt.Sprintf("%s %s: %s", change.Kind, change.Name, reason(err)))
}

func refusesGrant(refusal string) bool {
	kind, _, _ := strings.Cut(refusal, " ")
	return grantsRights(kind)
}

// reason is the API server's message alone.
func reason(err error) string {
	var status *apierrors.StatusError
	if errors.As(err, &status) {
		return status.ErrStatus.Message
	}
	return err.Error()
}

func grantYAML(set *manifests.Set) ([]byte, error) {
	a := accessOf(set)
	return manifests.YAML(a.role, a.binding)
}

// withdraw deletes what a deploy has created if a right turns out to be missing only then:
// whoever may grant a Role may not be allowed to bind it.
func (c *Cluster) withdraw(ctx context.Context, made []Change, cause error, changed func(Change)) error {
	for _, change := range slices.Backward(made) {
		k, err := c.kind(change.Kind)
		if err == nil {
			err = k.delete(ctx, change.Name)
		}
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("%w; %s is left: %w", cause, change.Kind+" "+change.Name, err)
		}
		change.What = "deleted"
		changed(change)
	}
	return fmt.Errorf("%w; what had been created was deleted again", cause)
}
