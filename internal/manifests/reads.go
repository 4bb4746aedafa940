package manifests

import (
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// AnnotationReads has, on pods that take variables or certificates from Secrets and
// ConfigMaps, the resource version of each, so that another one starts them anew: a
// program reads both once. Nothing of the values is in it, not even a digest, by which a guess
// could be proven.
const AnnotationReads = "swarmgrid.dev/reads"

// Read is a Secret or ConfigMap that pods take variables or certificates from.
type Read struct{ Kind, Name string }

// String reads "Secret api-token".
func (r Read) String() string { return r.Kind + " " + r.Name }

// Reads lists what pods with the settings read once, at their start.
func Reads(c v1alpha1.Cluster, s v1alpha1.PodSettings) (reads []Read) {
	for _, name := range s.EnvFromSecrets {
		reads = append(reads, Read{"Secret", name})
	}
	for _, name := range s.EnvFromConfigMaps {
		reads = append(reads, Read{"ConfigMap", name})
	}
	if b := c.CABundle; b != nil {
		if from := bundleSource(*b); !slices.Contains(reads, from) {
			reads = append(reads, from)
		}
	}
	return reads
}

// annotations start pods anew when a file of the load or what they read is another.
func (b *builder) annotations(s v1alpha1.PodSettings) map[string]string {
	out := map[string]string{AnnotationContent: b.scriptsDigest()}
	versions := map[Read]string{}
	for _, r := range Reads(b.cluster, s) {
		if v := b.opts.Versions[r]; v != "" {
			versions[r] = v
		}
	}
	if len(versions) > 0 {
		out[AnnotationReads] = writeVersions(versions)
	}
	return out
}

// writeVersions makes the annotation: "ConfigMap/settings=7 Secret/api-token=12".
func writeVersions(versions map[Read]string) string {
	var words []string
	for r, v := range versions {
		words = append(words, r.Kind+"/"+r.Name+"="+v)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// ReadVersions are those that pods with the annotations have read.
func ReadVersions(annotations map[string]string) map[Read]string {
	versions := map[Read]string{}
	for word := range strings.FieldsSeq(annotations[AnnotationReads]) {
		what, version, _ := strings.Cut(word, "=")
		kind, name, _ := strings.Cut(what, "/")
		versions[Read{kind, name}] = version
	}
	return versions
}
