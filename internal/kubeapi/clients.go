package kubeapi

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

// CallTime bounds one call of the API server that is not a watch.
const CallTime = 10 * time.Second

// Clients reach the API server in one namespace.
type Clients struct {
	Namespace string
	Typed     kubernetes.Interface
	Dynamic   dynamic.Interface
	Mapper    meta.RESTMapper
}

// NewClients makes the clients of a configuration that is complete.
func NewClients(cfg Config) (*Clients, error) {
	typed, err := kubernetes.NewForConfig(cfg.REST)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	dyn, err := dynamic.NewForConfig(cfg.REST)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server's client: %w", err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(typed.Discovery()))
	return &Clients{Namespace: cfg.Namespace, Typed: typed, Dynamic: dyn, Mapper: mapper}, nil
}

// Object is an object that can be scaled, with its resource known.
type Object struct {
	Ref      v1alpha1.ScaleTargetRef
	resource schema.GroupVersionResource
	Client   dynamic.ResourceInterface
}

// builtin are the kinds that need no discovery.
func builtin() map[string]string {
	return map[string]string{"Deployment": "deployments", "StatefulSet": "statefulsets", "ReplicaSet": "replicasets"}
}

// Resolve finds the resource of a reference. Only for kinds that are not built in does it
// ask the API server.
func (c *Clients) Resolve(ref v1alpha1.ScaleTargetRef) (Object, error) {
	group, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return Object{}, &platform.PermanentError{Err: fmt.Errorf("resolving %s: %w", Describe(ref), err)}
	}
	resource := group.WithResource(builtin()[ref.Kind])
	if resource.Resource == "" || group.String() != "apps/v1" {
		mapping, err := c.Mapper.RESTMapping(schema.GroupKind{Group: group.Group, Kind: ref.Kind}, group.Version)
		if meta.IsNoMatchError(err) {
			return Object{}, &platform.PermanentError{Err: fmt.Errorf("resolving %s: the cluster has no kind %s in %s", Describe(ref), ref.Kind, ref.APIVersion)}
		}
		if err != nil {
			return Object{}, fmt.Errorf("resolving %s: %w", Describe(ref), err)
		}
		resource = mapping.Resource
	}
	return Object{Ref: ref, resource: resource, Client: c.Dynamic.Resource(resource).Namespace(c.Namespace)}, nil
}

// Scale is the state of a scale subresource.
type Scale struct {
	Wanted   int
	Selector string
	Version  string
}

// GetScale reads the scale subresource.
func (o Object) GetScale(ctx context.Context) (Scale, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	u, err := o.Client.Get(ctx, o.Ref.Name, metav1.GetOptions{}, "scale")
	if err != nil {
		return Scale{}, fmt.Errorf("reading the scale of %s: %w", Describe(o.Ref), err)
	}
	return readScale(u), nil
}

// SetScale sets the desired replicas and nothing else.
func (o Object) SetScale(ctx context.Context, n int) (Scale, error) {
	return o.patchScale(ctx, n, nil)
}

func (o Object) patchScale(ctx context.Context, n int, dryRun []string) (Scale, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, n)
	u, err := o.Client.Patch(ctx, o.Ref.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: FieldManager, DryRun: dryRun}, "scale")
	if err != nil {
		return Scale{}, fmt.Errorf("scaling %s to %d: %w", Describe(o.Ref), n, err)
	}
	return readScale(u), nil
}

func readScale(u *unstructured.Unstructured) Scale {
	wanted, _, _ := unstructured.NestedInt64(u.Object, "spec", "replicas")
	selector, _, _ := unstructured.NestedString(u.Object, "status", "selector")
	return Scale{Wanted: int(wanted), Selector: selector, Version: u.GetResourceVersion()}
}
