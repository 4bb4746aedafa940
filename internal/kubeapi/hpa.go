package kubeapi

import (
	"context"
	"encoding/json"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// hpa pins a HorizontalPodAutoscaler by setting minReplicas and maxReplicas to the same count.
type hpa struct {
	clients *Clients
	name    string
	min     *int32
	max     int32
}

func newHPA(c *Clients, name string, minimum *int32, maximum int32) *hpa {
	return &hpa{clients: c, name: name, min: minimum, max: maximum}
}

func (h *hpa) String() string { return kindHPA + " " + h.name }

func (h *hpa) Record() *AutoscalerRecord {
	return &AutoscalerRecord{Kind: kindHPA, Name: h.name, Min: h.min, Max: h.max}
}

func (h *hpa) Foreign(ctx context.Context, r *AutoscalerRecord) (string, platform.Changes, error) {
	present, err := h.get(ctx)
	if err != nil || sameBounds(present.Spec, r.Min, r.Max) || h.isOurs(present.Spec, r.Ours) {
		return "", nil, err
	}
	return bounds(present.Spec.MinReplicas, present.Spec.MaxReplicas), ChangesOf(present, "spec", "maxReplicas"), nil
}

// Hold sets both bounds to n. They cannot be 0, but at 0 replicas an HPA does nothing.
func (h *hpa) Hold(ctx context.Context, n int) error {
	bound := int32(max(n, 1)) //nolint:gosec // counts of replicas are small
	return h.patch(ctx, &bound, bound)
}

func (h *hpa) Restore(ctx context.Context, r *AutoscalerRecord) (done bool, note string, err error) {
	present, err := h.get(ctx)
	if err != nil {
		return false, "", err
	}
	if sameBounds(present.Spec, r.Min, r.Max) {
		return true, fmt.Sprintf("%s is as it was", h), nil
	}
	if !h.isOurs(present.Spec, r.Ours) {
		return false, fmt.Sprintf("%s has bounds that are not ours (it was found with %s)%s", h, bounds(r.Min, r.Max), ChangesOf(present, "spec", "maxReplicas")), nil
	}
	if err := h.patch(ctx, r.Min, r.Max); err != nil {
		return false, "", err
	}
	return true, fmt.Sprintf("%s has %s again", h, bounds(r.Min, r.Max)), nil
}

func (h *hpa) isOurs(spec autoscalingv2.HorizontalPodAutoscalerSpec, ours []int) bool {
	for _, n := range ours {
		bound := int32(max(n, 1)) //nolint:gosec // counts of replicas are small
		if sameBounds(spec, &bound, bound) {
			return true
		}
	}
	return false
}

func (h *hpa) get(ctx context.Context) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	got, err := h.clients.Typed.AutoscalingV2().HorizontalPodAutoscalers(h.clients.Namespace).Get(ctx, h.name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", h, err)
	}
	return got, nil
}

// patch sets both bounds in one request, so that minReplicas never exceeds maxReplicas.
func (h *hpa) patch(ctx context.Context, minimum *int32, maximum int32) error {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	data, err := json.Marshal(map[string]any{"spec": map[string]any{"minReplicas": minimum, "maxReplicas": maximum}})
	if err != nil {
		return err
	}
	_, err = h.clients.Typed.AutoscalingV2().HorizontalPodAutoscalers(h.clients.Namespace).
		Patch(ctx, h.name, types.MergePatchType, data, metav1.PatchOptions{FieldManager: FieldManager})
	if err != nil {
		return fmt.Errorf("changing %s: %w", h, err)
	}
	return nil
}

func sameBounds(spec autoscalingv2.HorizontalPodAutoscalerSpec, minimum *int32, maximum int32) bool {
	return valueOr(spec.MinReplicas, 1) == valueOr(minimum, 1) && spec.MaxReplicas == maximum
}

func bounds(minimum *int32, maximum int32) string {
	return fmt.Sprintf("minReplicas %d and maxReplicas %d", valueOr(minimum, 1), maximum)
}

func valueOr(p *int32, otherwise int32) int32 {
	if p == nil {
		return otherwise
	}
	return *p
}

func groupOf(apiVersion string) string {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return apiVersion
	}
	return gv.Group
}
