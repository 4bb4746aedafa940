package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	kubejson "sigs.k8s.io/json"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// DecodeRaw reads what the schema leaves to Kubernetes' own types into one of them, as
// strictly as the API server does. The error tells of all fields that it does not know.
func DecodeRaw(raw *runtime.RawExtension, out any) error {
	strict, err := kubejson.UnmarshalStrict(raw.Raw, out)
	if err != nil {
		return err
	}
	return errors.Join(strict...)
}

// raw notes what Kubernetes' own type has against a value.
func (d *document) raw(at string, value *runtime.RawExtension, out any) (ok bool) {
	if value == nil {
		return false
	}
	err := DecodeRaw(value, out)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		d.addf(strings.TrimSuffix(at+"."+wrong.Field, "."), "is of the type %s, must be as in a PodSpec", wrong.Value)
	case err != nil:
		d.addf(at, "%s; must be as in a PodSpec", strings.ReplaceAll(err.Error(), "\n", ", "))
	}
	return err == nil
}

// validateRaw reads all that is as in a PodSpec.
func (d *document) validateRaw(path string, s v1alpha1.PodSettings) {
	d.raw(path+".resources", s.Resources, new(corev1.ResourceRequirements))
	d.raw(path+".affinity", s.Affinity, new(corev1.Affinity))
	for i, value := range s.Tolerations {
		d.raw(fmt.Sprintf("%s.tolerations[%d]", path, i), value, new(corev1.Toleration))
	}
	d.validateSpread(path+".topologySpreadConstraints", s)
	d.validateSecurity(path+".podSecurityContext", s)
	d.validateMounts(path+".volumeMounts", s, d.validateVolumes(path+".volumes", s))
}

func (d *document) validateSpread(path string, s v1alpha1.PodSettings) {
	for i, value := range s.TopologySpreadConstraints {
		at := fmt.Sprintf("%s[%d]", path, i)
		var c corev1.TopologySpreadConstraint
		if !d.raw(at, value, &c) {
			continue
		}
		if c.MaxSkew < 1 {
			d.addf(at, "has maxSkew %d, must be at least 1", c.MaxSkew)
		}
		if c.TopologyKey == "" {
			d.addf(at, "has no topologyKey, as kubernetes.io/hostname")
		}
		if when := c.WhenUnsatisfiable; when != corev1.DoNotSchedule && when != corev1.ScheduleAnyway {
			d.addf(at, "has whenUnsatisfiable %q, must be DoNotSchedule or ScheduleAnyway", when)
		}
	}
}

// validateSecurity refuses what no kubelet would start, whatever the namespace allows.
func (d *document) validateSecurity(at string, s v1alpha1.PodSettings) {
	var c corev1.PodSecurityContext
	if !d.raw(at, s.PodSecurityContext, &c) {
		return
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(s.PodSecurityContext.Raw, &given) // it was read above
	nonRoot, said := given["runAsNonRoot"]
	if c.RunAsUser != nil && *c.RunAsUser == 0 && (!said || string(nonRoot) == "true") {
		d.addf(at, "has runAsUser 0, which is root, and the pods have runAsNonRoot: true; give runAsNonRoot: false, too, or another user")
	}
}

// ownVolumes are the volumes of our pods, ownMounts where they are mounted; the program
// of our image is in the way, too.
func ownVolumes() []string { return []string{"tmp", "scripts", "experiment", "results", "ca-bundle"} }

func ownMounts() []string {
	return []string{"/tmp", "/scripts", "/experiment", "/results", "/ca-bundle", "/swarmgrid"}
}

// validateVolumes returns the names of the volumes.
func (d *document) validateVolumes(path string, s v1alpha1.PodSettings) (names []string) {
	for i, value := range s.Volumes {
		at := fmt.Sprintf("%s[%d]", path, i)
		var v corev1.Volume
		if !d.raw(at, value, &v) {
			continue
		}
		switch {
		case len(validation.IsDNS1123Label(v.Name)) > 0:
			d.validateName(at+".name", v.Name, hostLabel())
		case slices.Contains(ownVolumes(), v.Name):
			d.addf(at+".name", "is %q, which is a volume of the pods' own; choose another", v.Name)
		case slices.Contains(names, v.Name):
			d.addf(at+".name", "is %q, as another volume's is", v.Name)
		}
		if n := sources(value); n != 1 {
			d.addf(at, "has %d sources, must have one, as configMap or emptyDir", n)
		}
		names = append(names, v.Name)
	}
	return names
}

// sources counts where a volume says that it is from.
func sources(volume *runtime.RawExtension) int {
	var given map[string]*json.RawMessage
	_ = json.Unmarshal(volume.Raw, &given) // it was read before
	n := 0
	for name, value := range given {
		if name != "name" && value != nil {
			n++
		}
	}
	return n
}

func (d *document) validateMounts(at string, s v1alpha1.PodSettings, volumes []string) {
	var taken []string
	for i, value := range s.VolumeMounts {
		at := fmt.Sprintf("%s[%d]", at, i)
		var m corev1.VolumeMount
		if !d.raw(at, value, &m) {
			continue
		}
		if !slices.Contains(volumes, m.Name) {
			d.addf(at+".name", "is %q, must be one of the part's volumes%s", m.Name, didYouMean(m.Name, volumes))
		}
		place := path.Clean(m.MountPath)
		switch own := ownPlace(place); {
		case !strings.HasPrefix(place, "/") || place == "/" || strings.Contains(place, ":"):
			d.addf(at+".mountPath", "is %q, must be a path below /, without ':'", m.MountPath)
		case own != "":
			d.addf(at+".mountPath", "is %q, and %s is the pods' own; choose another", m.MountPath, own)
		case slices.Contains(taken, place):
			d.addf(at+".mountPath", "is %q, as another mount's is", m.MountPath)
		}
		taken = append(taken, place)
	}
}

// ownPlace is the place of ours that a mount would hide or, but for /tmp and /results,
// which can be written, would have to be made in.
func ownPlace(place string) string {
	for _, own := range ownMounts() {
		inside := strings.HasPrefix(place, own+"/") && own != "/tmp" && own != "/results"
		if place == own || inside {
			return own
		}
	}
	return ""
}
