package manifests

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Where the pods have the bundle of spec.cluster.caBundle, and by which volume.
const (
	caVolume = "ca-bundle"
	caDir    = "/ca-bundle"
	caFile   = "ca.crt"
)

// systemCerts are the directories in which Go looks for the system's authorities
// (crypto/x509, root_linux.go).
func systemCerts() []string { return []string{"/etc/ssl/certs", "/etc/pki/tls/certs"} }

// bundleSource is the object that holds the certificates.
func bundleSource(b v1alpha1.CABundle) Read {
	if b.ConfigMap != "" {
		return Read{"ConfigMap", b.ConfigMap}
	}
	return Read{"Secret", b.Secret}
}

// trust mounts the bundle and says where it is. Go reads SSL_CERT_DIR beside the image's
// own file, and these directories one after the other, so that ours adds to what the image
// trusts. In Python a file takes the place of what it would trust.
func (b *builder) trust(p *part, c *corev1.Container) {
	bundle := b.cluster.CABundle
	if bundle == nil {
		return
	}
	items := []corev1.KeyToPath{{Key: bundle.Key, Path: caFile}}
	v := corev1.Volume{Name: caVolume}
	if bundle.ConfigMap != "" {
		v.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: bundle.ConfigMap}, Items: items}
	} else {
		v.Secret = &corev1.SecretVolumeSource{SecretName: bundle.Secret, Items: items}
	}
	p.volumes = append(p.volumes, v)
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: caVolume, MountPath: caDir, ReadOnly: true})
	say := func(name, value string) {
		if _, said := p.settings.Env[name]; !said {
			c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: value})
		}
	}
	if !p.python {
		say("SSL_CERT_DIR", strings.Join(append([]string{caDir}, systemCerts()...), ":"))
		return
	}
	say("SSL_CERT_FILE", caDir+"/"+caFile)
	say("REQUESTS_CA_BUNDLE", caDir+"/"+caFile)
}
