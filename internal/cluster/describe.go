package cluster

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/draft"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// Describe reads from a Deployment what an experiment on it needs.
func (c *Cluster) Describe(ctx context.Context, name string) (draft.Deployment, error) {
	d, err := c.Client.AppsV1().Deployments(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		if absent := c.noNamespace(ctx); absent != nil {
			return draft.Deployment{}, absent
		}
		return draft.Deployment{}, fmt.Errorf("there is no Deployment %s in namespace %s%s", name, c.Namespace, c.deploymentNames(ctx))
	}
	if err != nil {
		return draft.Deployment{}, fmt.Errorf("reading Deployment %s: %w", name, kubeapi.Explain(err))
	}
	out := draft.Deployment{Name: name, Namespace: c.Namespace, Replicas: int(valueOr(d.Spec.Replicas, 1)), Ports: portsOf(d)}
	out.ReadyPath = readyPath(d)
	if err := c.describeService(ctx, d, &out); err != nil {
		return draft.Deployment{}, err
	}
	out.Autoscaler, err = c.autoscalerOf(ctx, name)
	return out, err
}

func valueOr(p *int32, otherwise int32) int32 {
	if p == nil {
		return otherwise
	}
	return *p
}

// deploymentNames lists the Deployments that exist, if the caller may list them.
func (c *Cluster) deploymentNames(ctx context.Context) string {
	list, err := c.Client.AppsV1().Deployments(c.Namespace).List(ctx, metav1.ListOptions{Limit: 20})
	if err != nil || len(list.Items) == 0 {
		return "; name another namespace with -n"
	}
	var names []string
	for _, d := range list.Items {
		names = append(names, d.Name)
	}
	return ", which has " + strings.Join(names, ", ") + "; name another namespace with -n"
}

// portsOf are the ports that a Deployment's containers declare.
func portsOf(d *appsv1.Deployment) []int {
	var ports []int
	for _, container := range d.Spec.Template.Spec.Containers {
		for _, p := range container.Ports {
			if p.Protocol == "" || p.Protocol == corev1.ProtocolTCP {
				ports = append(ports, int(p.ContainerPort))
			}
		}
	}
	return ports
}

// readyPath is that of the first readiness probe by HTTP.
func readyPath(d *appsv1.Deployment) string {
	for _, container := range d.Spec.Template.Spec.Containers {
		if p := container.ReadinessProbe; p != nil && p.HTTPGet != nil {
			return "/" + strings.TrimPrefix(p.HTTPGet.Path, "/")
		}
	}
	return ""
}

// describeService finds the addresses that lead to the pods.
func (c *Cluster) describeService(ctx context.Context, d *appsv1.Deployment, out *draft.Deployment) error {
	list, err := c.Client.CoreV1().Services(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing services: %w", kubeapi.Explain(err))
	}
	addresses, _ := kubeapi.Addresses(list.Items, d.Spec.Template)
	for i, e := range addresses {
		if i == 0 {
			out.Service, out.URL, out.Port = e.Service, e.URL, e.Inside
		} else {
			out.OtherURLs = append(out.OtherURLs, e.URL)
		}
	}
	return nil
}

// autoscalerOf names who else scales a Deployment; empty for nobody. KEDA makes a
// HorizontalPodAutoscaler for each of its ScaledObjects, which is what is named then.
func (c *Cluster) autoscalerOf(ctx context.Context, name string) (string, error) {
	list, err := c.Client.AutoscalingV2().HorizontalPodAutoscalers(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("listing horizontalpodautoscalers: %w", kubeapi.Explain(err))
	}
	for _, hpa := range list.Items {
		ref := hpa.Spec.ScaleTargetRef
		if ref.Name != name || ref.Kind != "Deployment" {
			continue
		}
		return describeAutoscaler(hpa), nil
	}
	return "", nil
}

func describeAutoscaler(hpa autoscalingv2.HorizontalPodAutoscaler) string {
	kind, name := "HorizontalPodAutoscaler", hpa.Name
	if owner := metav1.GetControllerOf(&hpa); owner != nil {
		kind, name = owner.Kind, owner.Name
	}
	return fmt.Sprintf("%s %s (%d to %d replicas)", kind, name, valueOr(hpa.Spec.MinReplicas, 1), hpa.Spec.MaxReplicas)
}

// Reach forwards a port of this machine to a ready pod of a Deployment.
func (c *Cluster) Reach(ctx context.Context, name string, port int) (url string, closeIt func(), err error) {
	d, err := c.Client.AppsV1().Deployments(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", nil, fmt.Errorf("reading Deployment %s: %w", name, kubeapi.Explain(err))
	}
	pod, err := c.readyPod(ctx, d)
	if err != nil {
		return "", nil, err
	}
	return c.Forward(ctx, pod, port)
}
