package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// frontPause is the interval of checks of the endpoints.
const frontPause = 100 * time.Millisecond

// front refuses, before anything is scaled, a Service that does not lead to the target,
// since one workload would be scaled and another loaded. It checks the Service's selector
// if it may be read, and always the endpoints, which may lag for a moment.
func (s *session) front(ctx context.Context) error {
	w := s.observers[platform.Target]
	if w == nil || w.slices == nil {
		return nil
	}
	if svc, err := serviceOf(ctx, s.clients, s.cfg.Service); err == nil {
		if text := kubeapi.Misleads(svc, w.labels()); text != "" {
			return s.astray(w, text)
		}
	}
	deadline := time.Now().Add(s.cfg.stale)
	for {
		text := w.snapshot().astray()
		if text == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return s.astray(w, text)
		}
		select {
		case <-time.After(frontPause):
		case <-ctx.Done():
			return fmt.Errorf("looking at what Service %s sends to: %w", s.cfg.Service, ctx.Err())
		}
	}
}

func (s *session) astray(w *observer, text string) error {
	return &platform.PermanentError{Err: fmt.Errorf("%s, but %s in namespace %s is what would be scaled; see spec.target.url and spec.target.service",
		text, kubeapi.Describe(w.Ref), s.cfg.Namespace)}
}

func serviceOf(ctx context.Context, c *kubeapi.Clients, name string) (*corev1.Service, error) {
	ctx, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	defer cancel()
	return c.Typed.CoreV1().Services(c.Namespace).Get(ctx, name, metav1.GetOptions{})
}

// labels are those of the target's pod template; nil if its kind has none.
func (w *observer) labels() map[string]string {
	self, ok := w.self.get().(*unstructured.Unstructured)
	if !ok {
		return nil
	}
	found, _, _ := unstructured.NestedStringMap(self.Object, "spec", "template", "metadata", "labels")
	return found
}

// astray says what a Service sends to besides or instead of the target's pods.
func (s *snapshot) astray() string {
	s.serve()
	if len(s.strays) > 0 {
		return fmt.Sprintf("Service %s sends to %s", s.service, strings.Join(s.strays, ", "))
	}
	ready := 0
	for _, pod := range s.pods {
		if kubeapi.Alive(pod) && kubeapi.PodReady(pod) {
			ready++
		}
	}
	if ready > 0 && len(s.served) == 0 {
		return fmt.Sprintf("Service %s sends to none of %d ready pods", s.service, ready)
	}
	return ""
}

// Front implements platform.Fronted: the Service in front of the target.
func (p *Platform) Front(ctx context.Context) (platform.Front, error) {
	s, _, err := p.observer(ctx, platform.Target)
	if err != nil {
		return platform.Front{}, err
	}
	if s.cfg.Service == "" {
		return platform.Front{}, errors.New("observing what is in front of the target: no Service is named")
	}
	svc, err := serviceOf(ctx, s.clients, s.cfg.Service)
	if err != nil {
		return platform.Front{}, fmt.Errorf("observing Service %s: %w", s.cfg.Service, err)
	}
	return frontOf(svc), nil
}

func frontOf(svc *corev1.Service) platform.Front {
	name := "Service " + svc.Name
	var ports []string
	for _, port := range svc.Spec.Ports {
		ports = append(ports, fmt.Sprintf("%d→%s", port.Port, port.TargetPort.String()))
	}
	return platform.Front{Name: name, Sticky: kubeapi.StickyOf(svc), Changed: kubeapi.ChangesOf(svc), Traits: platform.Traits{
		"the identity of " + name:         string(svc.UID),
		"the selector of " + name:         noneIfEmpty(labels.Set(svc.Spec.Selector).String()),
		"the ports of " + name:            noneIfEmpty(strings.Join(ports, " ")),
		"the type of " + name:             string(svc.Spec.Type),
		"the addresses of " + name:        noneIfEmpty(strings.Join(svc.Spec.ClusterIPs, " ")),
		"the session affinity of " + name: string(svc.Spec.SessionAffinity),
	}}
}

func noneIfEmpty(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
