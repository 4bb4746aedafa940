package experiment

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// nameRule is what the API server accepts as a name of some kind.
type nameRule struct {
	check   func(string) []string
	longest int
	says    string
}

// The API server's rules, by its own functions. Which kind has which:
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
func objectName() nameRule {
	return nameRule{validation.IsDNS1123Subdomain, validation.DNS1123SubdomainMaxLength, "lower-case letters, digits, '-' and '.'"}
}

// labelName is for objects whose name is also the value of a label.
func labelName() nameRule {
	rule := objectName()
	rule.longest = validation.LabelValueMaxLength
	return rule
}

func hostLabel() nameRule {
	return nameRule{validation.IsDNS1123Label, validation.DNS1123LabelMaxLength, "lower-case letters, digits and '-'"}
}

func serviceName() nameRule {
	return nameRule{validation.IsDNS1035Label, validation.DNS1035LabelMaxLength, "a letter, then lower-case letters, digits and '-'"}
}

func (d *document) validateName(path, name string, rule nameRule) {
	if len(rule.check(name)) > 0 || len(name) > rule.longest {
		d.addf(path, "is %q, must be %s, at most %d, with a letter or digit at either end", name, rule.says, rule.longest)
	}
}

// allNamed checks that every element of a list is an object's name.
func (d *document) allNamed(path string, names []string) {
	for i, name := range names {
		d.validateName(fmt.Sprintf("%s[%d]", path, i), name, objectName())
	}
}

func (d *document) validateRef(t v1alpha1.Target) {
	if ref := t.ScaleTargetRef; ref != nil {
		d.validateName("spec.target.scaleTargetRef.name", ref.Name, objectName())
		if len(validation.IsDNS1035Label(strings.ToLower(ref.Kind))) > 0 {
			d.addf("spec.target.scaleTargetRef.kind", "is %q, must be a kind such as Deployment", ref.Kind)
		}
		if !isAPIVersion(ref.APIVersion) {
			d.addf("spec.target.scaleTargetRef.apiVersion", "is %q, must be an API version such as apps/v1", ref.APIVersion)
		}
	}
	if t.Service != "" || d.given["spec.target.service"] {
		d.validateName("spec.target.service", t.Service, hostLabel())
	}
}

func isAPIVersion(text string) bool {
	gv, err := schema.ParseGroupVersion(text)
	if err != nil || len(validation.IsDNS1035Label(gv.Version)) > 0 {
		return false
	}
	return gv.Group == "" || len(validation.IsDNS1123Subdomain(gv.Group)) == 0
}

// image is a reference as registries and container runtimes read it: a host that may
// have a port, a path in lower case, a tag, a digest.
var image = regexp.MustCompile(`^(([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(:[0-9]+)?/)?` +
	`[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*)*` +
	`(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*([+._-][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?$`)

func (d *document) validateImage(path, text string) {
	if !image.MatchString(text) {
		d.addf(path, "is %q, must be an image, as in registry.example/name:tag", text)
	}
}

// validateEnv refuses variables that no process can have, and those that the run sets.
func (d *document) validateEnv(path string, env map[string]string, set map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		switch from, own := set[name]; {
		case len(validation.IsRelaxedEnvVarName(name)) > 0:
			d.addf(path, "has the name %q, must be printable ASCII without =", name)
		case strings.Contains(env[name], "\x00"):
			d.addf(child(path, name), "has a zero byte, which no variable can have")
		case own:
			d.addf(child(path, name), "is set by the run itself, from %s; leave it out here", from)
		}
	}
}

// validateVerbose checks the driver's variable, so that its pod need not refuse it.
func (d *document) validateVerbose(path string, env map[string]string) {
	if _, err := Verbosity(env[EnvVerbose]); err != nil {
		d.addf(child(path, EnvVerbose), "%v", err)
	}
}

// setVariables are the variables of a pod that the run sets, and what they come from.
func setVariables(pod string) map[string]string {
	const podItself = "the driver's pod"
	return map[string]map[string]string{
		"master": {"LOCUST_LOCUSTFILE": "spec.load"},
		"worker": {
			"LOCUST_LOCUSTFILE": "spec.load", "LOCUST_HOST": "spec.target.url",
			"LOCUST_MASTER_NODE_HOST": "spec.cluster.names.service",
		},
		"driver": {
			"NAMESPACE": "metadata.namespace", "SWARMGRID_POD": podItself, "SWARMGRID_POD_UID": podItself,
			"SWARMGRID_JOB": podItself, "SWARMGRID_JOB_UID": podItself,
		},
	}[pod]
}
