package kube

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

// pausedReplicas is the annotation by which KEDA scales to a count and then keeps
// its hands off (keda.sh, "Pausing autoscaling").
const pausedReplicas = "autoscaling.keda.sh/paused-replicas"

// keda holds a KEDA ScaledObject by its annotation.
type keda struct {
	clients *clients
	name    string
	paused  *string
	// unread is why paused is not known.
	unread error
}

func newKEDA(c *clients, name string, paused *string) *keda {
	return &keda{clients: c, name: name, paused: paused}
}

func scaledObjects() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}
}

// findKEDA looks for a ScaledObject of the target. A cluster without KEDA has none.
func findKEDA(ctx context.Context, c *clients, target object) (autoscaler, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	list, err := c.dynamic.Resource(scaledObjects()).Namespace(c.namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) || forbidden(err) && !c.hasKEDA() {
		return nil, nil
	}
	if err != nil {
		return nil, permanent(fmt.Errorf("looking for a ScaledObject of %s: %w", describe(target.ref), err))
	}
	for _, item := range list.Items {
		if scales(scaledRef(&item), target) {
			return newKEDA(c, item.GetName(), annotation(&item)), nil
		}
	}
	return nil, nil
}

// ownerOf is the ScaledObject of that name. It can be told of without being read, but
// not held, since nobody would know what to put back.
func ownerOf(ctx context.Context, c *clients, name string) autoscaler {
	k := newKEDA(c, name, nil)
	k.paused, _, k.unread = k.get(ctx)
	return k
}

// hasKEDA asks by discovery, which everybody may: a missing right on a kind that
// does not exist is no reason to stop.
func (c *clients) hasKEDA() bool {
	_, err := c.typed.Discovery().ServerResourcesForGroupVersion(scaledObjects().GroupVersion().String())
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
	if value, ok := u.GetAnnotations()[pausedReplicas]; ok {
		return &value
	}
	return nil
}

func (k *keda) String() string { return kindKEDA + " " + k.name }

func (k *keda) record() *autoscalerRecord {
	return &autoscalerRecord{Kind: kindKEDA, Name: k.name, Paused: k.paused}
}

func (k *keda) foreign(ctx context.Context, r *autoscalerRecord) (string, platform.Changes, error) {
	switch value, by, err := k.get(ctx); {
	case err != nil || k.isOurs(value, r):
		return "", nil, err
	case value == nil:
		return "not paused", nil, nil // who took the annotation away is nowhere
	default:
		return "paused at " + *value, by, nil
	}
}

func (k *keda) hold(ctx context.Context, n int) error {
	value := strconv.Itoa(n)
	return k.patch(ctx, &value)
}

func (k *keda) restore(ctx context.Context, r *autoscalerRecord) (done bool, note string, err error) {
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

func asFound(value *string, r *autoscalerRecord) bool {
	return value == nil && r.Paused == nil || value != nil && r.Paused != nil && *value == *r.Paused
}

// isOurs tells whether the annotation is as it was found or as we set it.
func (k *keda) isOurs(value *string, r *autoscalerRecord) bool {
	return asFound(value, r) || value != nil && slices.ContainsFunc(r.Ours, func(n int) bool { return strconv.Itoa(n) == *value })
}

// get returns the annotation, nil when there is none, and who else has set it.
func (k *keda) get(ctx context.Context) (*string, platform.Changes, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	present, err := k.client().Get(ctx, k.name, metav1.GetOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", k, err)
	}
	return annotation(present), changesOf(present, "metadata", "annotations", pausedReplicas), nil
}

// patch sets the annotation, or removes it.
func (k *keda) patch(ctx context.Context, value *string) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	data, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{pausedReplicas: value}}})
	if err != nil {
		return err
	}
	_, err = k.client().Patch(ctx, k.name, types.MergePatchType, data, metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("changing %s: %w", k, err)
	}
	return nil
}

func (k *keda) client() dynamic.ResourceInterface {
	return k.clients.dynamic.Resource(scaledObjects()).Namespace(k.clients.namespace)
}
