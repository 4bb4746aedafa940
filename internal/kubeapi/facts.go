package kubeapi

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// Facts reads what a run will find, and changes nothing. It is what internal/preflight
// judges by.
type Facts struct {
	cfg     Config
	Clients *Clients
}

// NewFacts connects, and makes sure that there is an API server.
func NewFacts(cfg Config) (*Facts, error) {
	cfg, c, err := cfg.connect()
	if err != nil {
		return nil, err
	}
	if _, err := c.Typed.Discovery().ServerVersion(); err != nil {
		return nil, fmt.Errorf("reaching the API server %s: %w", cfg.REST.Host, err)
	}
	return &Facts{cfg: cfg, Clients: c}, nil
}

// FactsFrom uses existing clients.
func FactsFrom(cfg Config, typed kubernetes.Interface, dyn dynamic.Interface) (*Facts, error) {
	cfg, err := cfg.WithDefaults()
	return &Facts{cfg: cfg, Clients: &Clients{Namespace: cfg.Namespace, Typed: typed, Dynamic: dyn}}, err
}

// Config is the given configuration with its defaults.
func (f *Facts) Config() Config { return f.cfg }

// Client reaches the API server.
func (f *Facts) Client() kubernetes.Interface { return f.Clients.Typed }

// Dynamic reaches kinds that have no typed client.
func (f *Facts) Dynamic() dynamic.Interface { return f.Clients.Dynamic }

// Refs are the objects that a run scales.
func (f *Facts) Refs() map[platform.Role]v1alpha1.ScaleTargetRef { return f.cfg.Refs() }

// Workload is an object that a run scales, as it is found.
type Workload struct {
	Ref v1alpha1.ScaleTargetRef
	// Wanted is its desired replicas, Selector selects its pods.
	Wanted   int
	Selector string
	// Self is the object; nil if the caller may not list it.
	Self *unstructured.Unstructured

	object Object
}

// String names it: "Deployment inference".
func (w Workload) String() string { return Describe(w.Ref) }

// Resource is what the API server calls its kind, by discovery.
func (w Workload) Resource() schema.GroupVersionResource { return w.object.resource }

// Right is a verb on a subresource of it, or on itself where that is empty.
func (w Workload) Right(verb, subresource string) Right {
	r := w.object.resource
	return Right{Verb: verb, Group: r.Group, Resource: r.Resource, Subresource: subresource, Name: w.Ref.Name}
}

// Count is a number in the object's status; zero if it is missing.
func (w Workload) Count(field string) int {
	if w.Self == nil {
		return 0
	}
	return StatusCount(w.Self, field)
}

// Failure is why its controller cannot create pods; empty when it can.
func (w Workload) Failure() string {
	if w.Self == nil {
		return ""
	}
	return ReplicaFailure(w.Self)
}

// Template is its pod template; false if its kind has none.
func (w Workload) Template() (corev1.PodTemplateSpec, bool) {
	var object struct {
		Spec struct {
			Template *corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	if w.Self == nil {
		return corev1.PodTemplateSpec{}, false
	}
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(w.Self.Object, &object)
	if err != nil || object.Spec.Template == nil {
		return corev1.PodTemplateSpec{}, false
	}
	return *object.Spec.Template, true
}

// Workload finds an object and its scale.
func (f *Facts) Workload(ctx context.Context, ref v1alpha1.ScaleTargetRef) (Workload, error) {
	o, err := f.Clients.Resolve(ref)
	if err != nil {
		return Workload{}, err
	}
	s, err := o.GetScale(ctx)
	if apierrors.IsNotFound(err) && o.self(ctx) != nil {
		return Workload{}, errors.New(Describe(ref) + " has no scale subresource, so it cannot be scaled")
	}
	if err != nil {
		return Workload{}, err
	}
	return Workload{Ref: ref, Wanted: s.Wanted, Selector: s.Selector, Self: o.self(ctx), object: o}, nil
}

// self reads the object by a list with a field selector: a run may list it, not get it.
func (o Object) self(ctx context.Context) *unstructured.Unstructured {
	list, err := o.Client.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + o.Ref.Name})
	if err != nil || len(list.Items) != 1 {
		return nil
	}
	return &list.Items[0]
}

// TryScale scales to n as a dry run.
func (f *Facts) TryScale(ctx context.Context, w Workload, n int) error {
	_, err := w.object.patchScale(ctx, n, []string{metav1.DryRunAll})
	return err
}

// Rights are those that a run uses, except for pausing an autoscaler.
func (f *Facts) Rights() ([]Right, error) { return f.Clients.rights(f.cfg) }

// May asks whether the caller has a right, and why not.
func (f *Facts) May(ctx context.Context, r Right) (ok bool, why string, err error) {
	return May(ctx, f.Clients.Typed, f.Clients.Namespace, r)
}

// Lease names the Lease that locks the target.
func (f *Facts) Lease() string { return f.cfg.LeaseName() }

// Held is a *platform.HeldError while a run other than own has the target.
func (f *Facts) Held(ctx context.Context, own string) error {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	name := f.Lease()
	lease, err := f.Clients.Typed.CoordinationV1().Leases(f.cfg.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("reading Lease %s: %w", name, err)
	}
	held := targetlock.Holder(lease)
	if held.Run != "" && held.Run != own && !targetlock.Expired(lease, 0) {
		return &platform.HeldError{Target: f.cfg.TargetName(), Holder: held}
	}
	return nil
}

// Autoscaler looks for an autoscaler of the target. Refused is set if it is in the way;
// otherwise pausing lists the rights needed to pause it.
func (f *Facts) Autoscaler(ctx context.Context, target Workload) (refused error, pausing []Right, err error) {
	found, err := FindAutoscaler(ctx, f.Clients, target.object)
	switch {
	case err != nil || found == nil:
		return nil, nil, err
	case f.cfg.Autoscaler != v1alpha1.AutoscalerPause:
		return AutoscalerRefused(found, target.Ref), nil, nil
	}
	return nil, ofPausing(found), nil
}

// StatusCount is a number of an object's status. The API server leaves out zeros.
func StatusCount(u *unstructured.Unstructured, field string) int {
	n, _, _ := unstructured.NestedInt64(u.Object, "status", field)
	return int(n)
}

// ReplicaFailure is why a controller cannot create pods; empty when it can.
func ReplicaFailure(u *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range conditions {
		m, ok := c.(map[string]any)
		if ok && m["type"] == "ReplicaFailure" && m["status"] == "True" {
			message, _ := m["message"].(string)
			return message
		}
	}
	return ""
}
