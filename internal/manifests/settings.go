package manifests

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// decodeSettings puts what a person says in Kubernetes' own words into the pod. It tells
// of all that cannot be read.
func (p part) decodeSettings(c *corev1.Container, pod *corev1.PodSpec) error {
	s := p.settings
	errs := []error{p.decodeLists(c, pod)}
	if s.Resources != nil {
		c.Resources = corev1.ResourceRequirements{}
		errs = append(errs, p.decode("resources", s.Resources, &c.Resources))
	}
	if s.Affinity != nil {
		pod.Affinity = &corev1.Affinity{}
		errs = append(errs, p.decode("affinity", s.Affinity, pod.Affinity))
	}
	if s.PodSecurityContext != nil {
		// What is given replaces a field of the default, and null takes it out: that is how
		// JSON is decoded into what is there.
		errs = append(errs, p.decode("podSecurityContext", s.PodSecurityContext, pod.SecurityContext))
	}
	return errors.Join(errs...)
}

func (p part) decodeLists(c *corev1.Container, pod *corev1.PodSpec) error {
	s := p.settings
	tolerations, err1 := decodeAll[corev1.Toleration](p, "tolerations", s.Tolerations)
	volumes, err2 := decodeAll[corev1.Volume](p, "volumes", s.Volumes)
	mounts, err3 := decodeAll[corev1.VolumeMount](p, "volumeMounts", s.VolumeMounts)
	spread, err4 := decodeAll[corev1.TopologySpreadConstraint](p, "topologySpreadConstraints", s.TopologySpreadConstraints)
	pod.Tolerations = tolerations
	pod.Volumes = append(pod.Volumes, volumes...)
	c.VolumeMounts = append(c.VolumeMounts, mounts...)
	for i := range spread {
		if spread[i].LabelSelector == nil { // which would count no pod at all
			spread[i].LabelSelector = &metav1.LabelSelector{MatchLabels: p.labels}
		}
	}
	pod.TopologySpreadConstraints = spread
	return errors.Join(err1, err2, err3, err4)
}

func (p part) decode(field string, raw *runtime.RawExtension, out any) error {
	if err := experiment.DecodeRaw(raw, out); err != nil {
		return fmt.Errorf("%s.%s: %w; it must be as in a PodSpec", p.field, field, err)
	}
	return nil
}

func decodeAll[T any](p part, field string, list []*runtime.RawExtension) (out []T, err error) {
	var errs []error
	for i, raw := range list {
		var item T
		errs = append(errs, p.decode(fmt.Sprintf("%s[%d]", field, i), raw, &item))
		out = append(out, item)
	}
	return out, errors.Join(errs...)
}
