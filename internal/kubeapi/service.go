package kubeapi

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Misleads says where a Service leads if that is not to pods with these labels; empty if
// it does, or that is not known.
func Misleads(svc *corev1.Service, has map[string]string) string {
	switch {
	case svc.Spec.Type == corev1.ServiceTypeExternalName:
		return fmt.Sprintf("Service %s is another name for %s", svc.Name, svc.Spec.ExternalName)
	case len(has) == 0 || len(svc.Spec.Selector) == 0:
		return ""
	case !labels.SelectorFromSet(svc.Spec.Selector).Matches(labels.Set(has)):
		return fmt.Sprintf("Service %s sends to pods with %s", svc.Name, labels.Set(svc.Spec.Selector))
	}
	return ""
}

// StickyOf says what in a Service pins clients to single replicas; empty if nothing does.
func StickyOf(svc *corev1.Service) string {
	if svc.Spec.SessionAffinity != corev1.ServiceAffinityClientIP {
		return ""
	}
	return fmt.Sprintf("Service %s has sessionAffinity: ClientIP, which keeps all users of a worker at one replica", svc.Name)
}
