package preflight

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

const (
	// podStart bounds the wait for the pod, podLife its life if nobody deletes it.
	podStart = time.Minute
	podLife  = 3 * time.Minute
	// podPause is the polling interval.
	podPause = 200 * time.Millisecond
)

// lookFromOwnPod creates a pod like the workers', tries the target from it and deletes it.
func (p *preflight) lookFromOwnPod(ctx context.Context, f *Findings) (looked bool, why string) {
	if p.Set == nil || p.Set.Worker == nil {
		return false, "no pod can be created for it: the workers are somebody else's"
	}
	pod := manifests.TryPod(p.Set.Worker, podLife)
	pods := p.facts.Client().CoreV1().Pods(p.cfg.Namespace)
	defer p.removePod(ctx, pod)
	p.removePod(ctx, pod) // of a caller that died
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{FieldManager: kubeapi.FieldManager}); err != nil {
		return false, fmt.Sprintf("creating pod %s for it: %v", pod.Name, err)
	}
	diagnosis, stuck, err := p.awaitPod(ctx, pod.Name)
	switch {
	case err != nil:
		return false, fmt.Sprintf("waiting for pod %s: %v%s", pod.Name, err, kubeapi.After(diagnosis.Text))
	case stuck:
		f.refuse("Pod "+pod.Name, "", "a pod like the workers' does not start: %s", diagnosis.Text)
		return true, ""
	}
	return p.lookFrom(ctx, f, pod.Name)
}

// awaitPod waits until a pod is ready or stuck.
func (p *preflight) awaitPod(ctx context.Context, name string) (d kubeapi.Diagnosis, stuck bool, err error) {
	past := kubeapi.History{}
	ctx, cancel := context.WithTimeout(ctx, podStart)
	defer cancel()
	for {
		pod, err := p.facts.Client().CoreV1().Pods(p.cfg.Namespace).Get(ctx, name, metav1.GetOptions{})
		if err == nil {
			d = kubeapi.Diagnose(pod)
			past.See(pod, time.Now())
			switch {
			case !kubeapi.Alive(pod):
				return d, false, fmt.Errorf("it has ended%s", kubeapi.After(pod.Status.Message))
			case d.Kind == kubeapi.Ready:
				return d, false, nil
			case d.Stuck(past, time.Now()):
				return d, true, nil
			}
		} else if apierrors.IsNotFound(err) {
			return d, false, err
		}
		if err := kubeapi.Pause(ctx, podPause); err != nil {
			return d, false, err
		}
	}
}

// removePod deletes our pod, even if ctx has ended, and waits until it is gone: a run would
// count it among the workers. One of another experiment stays.
func (p *preflight) removePod(ctx context.Context, pod *corev1.Pod) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	pods := p.facts.Client().CoreV1().Pods(p.cfg.Namespace)
	there, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
	if err != nil || there.Labels[manifests.LabelPart] != manifests.PartTry || there.Labels[manifests.LabelExperiment] != pod.Labels[manifests.LabelExperiment] {
		return
	}
	if err := pods.Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}); err != nil {
		return // its deadline ends it
	}
	for {
		now, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		if err != nil || now.UID != there.UID || kubeapi.Pause(ctx, podPause) != nil {
			return
		}
	}
}
