package cluster

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/swarmgrid/swarmgrid/internal/draft"
)

// Describe tells of a Deployment what an experiment on it has to say.
func (c *Cluster) Describe(ctx context.Context, name string) (draft.Deployment, error) {
	d, err := c.Client.AppsV1().Deployments(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return draft.Deployment{}, fmt.Errorf("there is no Deployment %s in namespace %s%s", name, c.Namespace, c.deploymentNames(ctx))
	}
	if err != nil {
		return draft.Deployment{}, fmt.Errorf("reading Deployment %s: %w", name, explain(err))
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

// deploymentNames are what there is instead, as far as that may be seen.
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

// portsOf are the ports that a Deployment's containers say they listen on.
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

// describeService finds the Services in front, one with an address of its own first.
func (c *Cluster) describeService(ctx context.Context, d *appsv1.Deployment, out *draft.Deployment) error {
	list, err := c.Client.CoreV1().Services(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing services: %w", explain(err))
	}
	found := slices.DeleteFunc(list.Items, func(s corev1.Service) bool {
		return len(s.Spec.Selector) == 0 || len(s.Spec.Ports) == 0 || s.Spec.Type == corev1.ServiceTypeExternalName ||
			!labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(d.Spec.Template.Labels))
	})
	slices.SortStableFunc(found, func(a, b corev1.Service) int { return headless(a) - headless(b) })
	for i, s := range found {
		if i > 0 {
			out.OtherServices = append(out.OtherServices, s.Name)
			continue
		}
		port := preferredPort(s.Spec.Ports)
		at, scheme := int(port.Port), "http"
		if out.Port = insidePort(port, d); headless(s) == 1 {
			at = out.Port // its name stands for the pods themselves
		}
		if port.Port == 443 || strings.HasPrefix(port.Name, "https") {
			scheme = "https"
		}
		out.Service, out.URL = s.Name, scheme+"://"+net.JoinHostPort(s.Name, strconv.Itoa(at))
	}
	return nil
}

func headless(s corev1.Service) int {
	if s.Spec.ClusterIP == corev1.ClusterIPNone {
		return 1
	}
	return 0
}

// preferredPort is the one that is called after HTTP, else the first.
func preferredPort(ports []corev1.ServicePort) corev1.ServicePort {
	for _, p := range ports {
		if strings.HasPrefix(p.Name, "http") || strings.HasPrefix(p.Name, "web") {
			return p
		}
	}
	return ports[0]
}

// insidePort is where a Service's port leads to in a pod.
func insidePort(port corev1.ServicePort, d *appsv1.Deployment) int {
	if port.TargetPort.Type == intstr.Int {
		if port.TargetPort.IntVal != 0 {
			return int(port.TargetPort.IntVal)
		}
		return int(port.Port)
	}
	for _, container := range d.Spec.Template.Spec.Containers {
		for _, p := range container.Ports {
			if p.Name == port.TargetPort.StrVal {
				return int(p.ContainerPort)
			}
		}
	}
	return int(port.Port)
}

// autoscalerOf names who else scales a Deployment; empty for nobody. KEDA makes a
// HorizontalPodAutoscaler for each of its ScaledObjects, which is what is named then.
func (c *Cluster) autoscalerOf(ctx context.Context, name string) (string, error) {
	list, err := c.Client.AutoscalingV2().HorizontalPodAutoscalers(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("listing horizontalpodautoscalers: %w", explain(err))
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

// Reach opens a way from this machine to a ready pod of a Deployment.
func (c *Cluster) Reach(ctx context.Context, name string, port int) (url string, closeIt func(), err error) {
	d, err := c.Client.AppsV1().Deployments(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", nil, fmt.Errorf("reading Deployment %s: %w", name, explain(err))
	}
	pod, err := c.readyPod(ctx, d)
	if err != nil {
		return "", nil, err
	}
	return c.Forward(ctx, pod, port)
}
