package kube

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// callTime bounds one call of the API server that is not a watch.
const callTime = 10 * time.Second

// clients reach the API server in one namespace.
type clients struct {
	namespace string
	typed     kubernetes.Interface
	dynamic   dynamic.Interface
	mapper    meta.RESTMapper
}

func newClients(cfg Config) (*clients, error) {
	typed, err := kubernetes.NewForConfig(cfg.REST)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	dyn, err := dynamic.NewForConfig(cfg.REST)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(typed.Discovery()))
	return &clients{namespace: cfg.Namespace, typed: typed, dynamic: dyn, mapper: mapper}, nil
}

// object is a managed object, resolved.
type object struct {
	ref      v1alpha1.ScaleTargetRef
	resource schema.GroupVersionResource
	client   dynamic.ResourceInterface
}

// builtin are the kinds that need no discovery.
func builtin() map[string]string {
	return map[string]string{"Deployment": "deployments", "StatefulSet": "statefulsets", "ReplicaSet": "replicasets"}
}

// object resolves a reference; it asks the API server only for kinds that are not built in.
func (c *clients) object(ref v1alpha1.ScaleTargetRef) (object, error) {
	group, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return object{}, &platform.PermanentError{Err: fmt.Errorf("resolving %s: %w", describe(ref), err)}
	}
	resource := group.WithResource(builtin()[ref.Kind])
	if resource.Resource == "" || group.String() != "apps/v1" {
		mapping, err := c.mapper.RESTMapping(schema.GroupKind{Group: group.Group, Kind: ref.Kind}, group.Version)
		if meta.IsNoMatchError(err) {
			return object{}, &platform.PermanentError{Err: fmt.Errorf("resolving %s: the cluster has no kind %s in %s", describe(ref), ref.Kind, ref.APIVersion)}
		}
		if err != nil {
			return object{}, fmt.Errorf("resolving %s: %w", describe(ref), err)
		}
		resource = mapping.Resource
	}
	return object{ref: ref, resource: resource, client: c.dynamic.Resource(resource).Namespace(c.namespace)}, nil
}

// scale is what the scale subresource says.
type scale struct {
	wanted   int
	selector string
	version  string
}

func (o object) getScale(ctx context.Context) (scale, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	u, err := o.client.Get(ctx, o.ref.Name, metav1.GetOptions{}, "scale")
	if err != nil {
		return scale{}, fmt.Errorf("reading the scale of %s: %w", describe(o.ref), err)
	}
	return readScale(u), nil
}

// setScale changes the number wanted and nothing else.
func (o object) setScale(ctx context.Context, n int) (scale, error) {
	return o.patchScale(ctx, n, nil)
}

func (o object) patchScale(ctx context.Context, n int, dryRun []string) (scale, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, n)
	u, err := o.client.Patch(ctx, o.ref.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager, DryRun: dryRun}, "scale")
	if err != nil {
		return scale{}, fmt.Errorf("scaling %s to %d: %w", describe(o.ref), n, err)
	}
	return readScale(u), nil
}

func readScale(u *unstructured.Unstructured) scale {
	wanted, _, _ := unstructured.NestedInt64(u.Object, "spec", "replicas")
	selector, _, _ := unstructured.NestedString(u.Object, "status", "selector")
	return scale{wanted: int(wanted), selector: selector, version: u.GetResourceVersion()}
}
