package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// podTrouble says what keeps the selected pods from being ready; stuck means that waiting
// does not help.
func (c *Cluster) podTrouble(ctx context.Context, selector string, past *kubeapi.Histories) (trouble string, stuck bool, err error) {
	pods, err := c.Client.CoreV1().Pods(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return "", false, fmt.Errorf("listing pods: %w", err)
	}
	past.See(pods.Items, time.Now())
	pod, d, stuck := past.Worst(pods.Items, time.Now())
	switch {
	case stuck:
		return d.Text + c.lastWords(ctx, pod, d) + loadAdvice(d), true, nil
	case pod == nil:
		return c.mountTrouble(ctx, pods.Items), false, nil
	}
	return d.Text + loadAdvice(d), false, nil
}

// loadAdvice is the next step for a pod of the load; empty if the diagnosis says it all.
func loadAdvice(d kubeapi.Diagnosis) string {
	switch d.Reason {
	case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName":
		return "; spec.cluster.image (locustImage with Locust) must be available to the nodes: loaded into kind or minikube, or in a registry, with imagePullSecrets if it is private"
	}
	if d.Kind == kubeapi.Unschedulable {
		return "; request less in spec.cluster, use fewer workers, or add nodes: `swarmgrid plan FILE --cluster` says what fits"
	}
	return ""
}

// mountTrouble is what the kubelet says of a volume that it cannot mount, as of a key that
// a Secret does not have: the pod itself only says that it starts.
func (c *Cluster) mountTrouble(ctx context.Context, pods []corev1.Pod) string {
	for i := range pods {
		pod := &pods[i]
		if pod.DeletionTimestamp != nil || pod.Spec.NodeName == "" || pod.Status.Phase != corev1.PodPending {
			continue
		}
		events, err := c.Client.CoreV1().Events(c.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "reason=FailedMount,involvedObject.uid=" + string(pod.UID)})
		if err != nil {
			return "" // they may be forbidden
		}
		for _, e := range events.Items {
			if e.InvolvedObject.UID == pod.UID && e.Reason == "FailedMount" {
				return fmt.Sprintf("pod %s: %s", pod.Name, e.Message)
			}
		}
	}
	return ""
}

// lastWords are the last output of a container in a crash loop.
func (c *Cluster) lastWords(ctx context.Context, pod *corev1.Pod, d kubeapi.Diagnosis) string {
	if !d.CrashLoops() {
		return ""
	}
	return kubeapi.LastWords(ctx, c.Client, c.Namespace, pod.Name, d.Container)
}

// readyPod names a pod of a Deployment that receives traffic.
func (c *Cluster) readyPod(ctx context.Context, d *appsv1.Deployment) (string, error) {
	pods, err := c.Client.CoreV1().Pods(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
	if err != nil {
		return "", fmt.Errorf("listing pods: %w", err)
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		for _, cond := range pod.Status.Conditions {
			if cond.Type == corev1.PodReady && cond.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil {
				return pod.Name, nil
			}
		}
	}
	return "", errors.New("no pod of Deployment " + d.Name + " is ready")
}
