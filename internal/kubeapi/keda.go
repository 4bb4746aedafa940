package kubeapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// PausedReplicas is the annotation by which KEDA scales to a count and then keeps
// its hands off (keda.sh, "Pausing autoscaling").
const PausedReplicas = "autoscaling.keda.sh/paused-replicas"

// KEDA holds a KEDA ScaledObject by its annotation.
type KEDA struct {
	clients *Clients
	name    string
	Paused  *string
	// Unread is why paused is not known.
	Unread error
}

func newKEDA(c *Clients, name string, paused *string) *KEDA {
	return &KEDA{clients: c, name: name, Paused: paused}
}

// ScaledObjects is the resource of KEDA's ScaledObjects.
func ScaledObjects() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}
}

// findKEDA looks for a ScaledObject of the target. A cluster without KEDA has none.
func findKEDA(ctx context.Context, c *Clients, target Object) (Autoscaler, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	list, err := c.Dynamic.Resource(ScaledObjects()).Namespace(c.Namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) && !c.hasKEDA() {
		return nil, nil
	}
	if err != nil {
		return nil, AsPermanent(fmt.Errorf("looking for a ScaledObject of %s: %w", Describe(target.Ref), err))
	}
	for _, item := range list.Items {
		if scales(scaledRef(&item), target) {
			return newKEDA(c, item.GetName(), annotation(&item)), nil
		}
	}
	return nil, nil
}

// ownerOf is the ScaledObject of that name. If it cannot be read it can be named but not
// paused, since what to restore would not be known.
func ownerOf(ctx context.Context, c *Clients, name string) Autoscaler {
	k := newKEDA(c, name, nil)
	k.Paused, _, k.Unread = k.get(ctx)
	return k
}

// hasKEDA uses discovery, which everybody may use: a missing right on a kind that does not
// exist does not matter.
func (c *Clients) hasKEDA() bool {
	_, err := c.Typed.Discovery().ServerResourcesForGroupVersion(ScaledObjects().GroupVersion().String())
	return !apierrors.IsNotFound(err)
}

func scaledRef(u *unstructured.Unstructured) autoscalingv2.CrossVersionObjectReference {
	field := func(name, otherwise string) string {
		value, _, _ := unstructured.NestedString(u.Object, "spec", "scaleTargetRef", name)
		return cmp.Or(value, otherwise)
	}
	return autoscalingv2.CrossVersionObjectReference{
		APIVersion: field("apiVersion", "apps/v1"), Kind: field("kind", "Deployment"), Name: field("name", ""),
	}
}

func annotation(u *unstructured.Unstructured) *string {
	if value, ok := u.GetAnnotations()[PausedReplicas]; ok {
		return &value
	}
	return nil
}

func (k *KEDA) String() string { return KindKEDA + " " + k.name }

// Record implements Autoscaler.
func (k *KEDA) Record() *AutoscalerRecord {
	return &AutoscalerRecord{Kind: KindKEDA, Name: k.name, Paused: k.Paused}
}

// Foreign implements Autoscaler.
func (k *KEDA) Foreign(ctx context.Context, r *AutoscalerRecord) (string, platform.Changes, error) {
	switch value, by, err := k.get(ctx); {
	case err != nil || k.isOurs(value, r):
		return "", nil, err
	case value == nil:
		return "not paused", nil, nil // who took the annotation away is nowhere
	default:
		return "paused at " + *value, by, nil
	}
}

// Hold implements Autoscaler.
func (k *KEDA) Hold(ctx context.Context, n int) error {
	value := strconv.Itoa(n)
	return k.patch(ctx, &value)
}

// Restore implements Autoscaler.
func (k *KEDA) Restore(ctx context.Context, r *AutoscalerRecord) (done bool, note string, err error) {
	value, by, err := k.get(ctx)
	switch {
	case err != nil:
		return false, "", err
	case asFound(value, r):
		return true, fmt.Sprintf("%s is as it was", k), nil
	case !k.isOurs(value, r):
		return false, fmt.Sprintf("%s is paused in a way that is not ours%s", k, by), nil
	}
	if err := k.patch(ctx, r.Paused); err != nil {
		return false, "", err
	}
	return true, fmt.Sprintf("%s is no longer held", k), nil
}

func asFound(value *string, r *AutoscalerRecord) bool {
	return value == nil && r.Paused == nil || value != nil && r.Paused != nil && *value == *r.Paused
}

// isOurs tells whether the annotation is as it was found or as we set it.
func (k *KEDA) isOurs(value *string, r *AutoscalerRecord) bool {
	return asFound(value, r) || value != nil && slices.ContainsFunc(r.Ours, func(n int) bool { return strconv.Itoa(n) == *value })
}

// get returns the annotation, nil when there is none, and who else has set it.
func (k *KEDA) get(ctx context.Context) (*string, platform.Changes, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	present, err := k.client().Get(ctx, k.name, metav1.GetOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", k, err)
	}
	return annotation(present), ChangesOf(present, "metadata", "annotations", PausedReplicas), nil
}

// patch sets the annotation, or removes it.
func (k *KEDA) patch(ctx context.Context, value *string) error {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	data, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{PausedReplicas: value}}})
	if err != nil {
		return err
	}
	_, err = k.client().Patch(ctx, k.name, types.MergePatchType, data, metav1.PatchOptions{FieldManager: FieldManager})
	if err != nil {
		return fmt.Errorf("changing %s: %w", k, err)
	}
	return nil
}

func (k *KEDA) client() dynamic.ResourceInterface {
	return k.clients.Dynamic.Resource(ScaledObjects()).Namespace(k.clients.Namespace)
}
