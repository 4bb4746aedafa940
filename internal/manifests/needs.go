package manifests

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// Need is an object that pods cannot start without and that a person brings.
type Need struct {
	// Kind is ConfigMap, Secret, ServiceAccount or PersistentVolumeClaim.
	Kind, Name string
	// Key is the one that is read, or empty.
	Key string
	// Field is where the experiment names it.
	Field string
}

// Needs lists what the pods of a set need and deploy does not make.
func (s *Set) Needs() (needs []Need) {
	parts := []string{ComponentDriver}
	if s.Master != nil {
		parts = []string{RoleMaster, RoleWorker, ComponentDriver}
	}
	if b := s.cluster.CABundle; b != nil {
		from := bundleSource(*b)
		needs = append(needs, Need{from.Kind, from.Name, b.Key, "spec.cluster.caBundle"})
	}
	if claim := s.cluster.ResultsClaim; claim != "" {
		needs = append(needs, Need{"PersistentVolumeClaim", claim, "", "spec.cluster.resultsClaim"})
	}
	for _, part := range parts {
		needs = append(needs, needsOf("spec.cluster."+part, s.settings(part))...)
	}
	return s.brought(needs)
}

// brought leaves out what deploy makes itself, such as the ConfigMap with the load's file.
func (s *Set) brought(needs []Need) (out []Need) {
	made := map[Read]bool{}
	for _, o := range s.Deployed() {
		if cm, ok := o.(*corev1.ConfigMap); ok {
			made[Read{"ConfigMap", cm.Name}] = true
		}
	}
	for _, n := range needs {
		if !made[Read{n.Kind, n.Name}] {
			out = append(out, n)
		}
	}
	return out
}

func needsOf(field string, s v1alpha1.PodSettings) (needs []Need) {
	if name := s.ServiceAccountName; name != "" {
		needs = append(needs, Need{"ServiceAccount", name, "", field + ".serviceAccountName"})
	}
	for i, name := range s.EnvFromSecrets {
		needs = append(needs, Need{"Secret", name, "", fmt.Sprintf("%s.envFromSecrets[%d]", field, i)})
	}
	for i, name := range s.EnvFromConfigMaps {
		needs = append(needs, Need{"ConfigMap", name, "", fmt.Sprintf("%s.envFromConfigMaps[%d]", field, i)})
	}
	for i, raw := range s.Volumes {
		needs = append(needs, mounted(fmt.Sprintf("%s.volumes[%d]", field, i), raw)...)
	}
	return needs
}

// mounted are the objects that a volume cannot be without.
func mounted(field string, raw *runtime.RawExtension) (needs []Need) {
	var v corev1.Volume
	if experiment.DecodeRaw(raw, &v) != nil {
		return nil // the builders say so
	}
	add := func(kind, name string, optional *bool, items []corev1.KeyToPath) {
		if optional != nil && *optional {
			return
		}
		needs = append(needs, Need{kind, name, "", field})
		for _, item := range items {
			needs = append(needs, Need{kind, name, item.Key, field})
		}
	}
	if from := v.ConfigMap; from != nil {
		add("ConfigMap", from.Name, from.Optional, from.Items)
	}
	if from := v.Secret; from != nil {
		add("Secret", from.SecretName, from.Optional, from.Items)
	}
	if from := v.PersistentVolumeClaim; from != nil {
		add("PersistentVolumeClaim", from.ClaimName, nil, nil)
	}
	if v.Projected == nil {
		return needs
	}
	for _, from := range v.Projected.Sources {
		if cm := from.ConfigMap; cm != nil {
			add("ConfigMap", cm.Name, cm.Optional, cm.Items)
		}
		if secret := from.Secret; secret != nil {
			add("Secret", secret.Name, secret.Optional, secret.Items)
		}
	}
	return needs
}
