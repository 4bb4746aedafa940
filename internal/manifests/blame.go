package manifests

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// said is something that a person says of a part's pods: the field, and the words by which
// a refusal would speak of it.
type said struct {
	field string
	words []string
}

// Blame names, of the fields that a person gave to a part, those that the words of a
// refusal speak of; where there are none, it is the part.
func (s *Set) Blame(part, refusal string) string {
	var fields []string
	for _, f := range sayings(s.settings(part)) {
		if slices.ContainsFunc(f.words, func(w string) bool { return speaksOf(refusal, w) }) {
			fields = append(fields, "spec.cluster."+part+"."+f.field)
		}
	}
	if len(fields) == 0 {
		return "spec.cluster." + part
	}
	return strings.Join(fields, ", ")
}

func (s *Set) settings(part string) v1alpha1.PodSettings {
	return map[string]v1alpha1.PodSettings{RoleMaster: s.cluster.Master, RoleWorker: s.cluster.Worker, ComponentDriver: s.cluster.Driver}[part]
}

// speaksOf tells whether a text has a word as such, and not as a part of a longer one.
func speaksOf(text, word string) bool {
	return word != "" && regexp.MustCompile(`(^|[^\w-])`+regexp.QuoteMeta(word)+`($|[^\w.-]|\.(\W|$))`).MatchString(text)
}

func sayings(s v1alpha1.PodSettings) (all []said) {
	for _, key := range slices.Sorted(maps.Keys(s.Labels)) {
		all = append(all, said{"labels." + key, []string{key}})
	}
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		all = append(all, said{"annotations." + key, []string{key}})
	}
	for i, raw := range s.Volumes {
		all = append(all, said{fmt.Sprintf("volumes[%d]", i), append(keysOf(raw), strconv.Quote(stringIn(raw, "name")))})
	}
	for i, raw := range s.VolumeMounts {
		all = append(all, said{fmt.Sprintf("volumeMounts[%d]", i), []string{stringIn(raw, "mountPath")}})
	}
	for _, key := range keysOf(s.PodSecurityContext) {
		all = append(all, said{"podSecurityContext." + key, []string{key}})
	}
	return append(all,
		said{"runtimeClassName", []string{s.RuntimeClassName}},
		said{"serviceAccountName", []string{s.ServiceAccountName}},
		said{"priorityClassName", []string{s.PriorityClassName}},
	)
}

// keysOf are the fields of a value that was read before.
func keysOf(raw *runtime.RawExtension) []string {
	if raw == nil {
		return nil
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw.Raw, &fields)
	delete(fields, "name")
	return slices.Sorted(maps.Keys(fields))
}

func stringIn(raw *runtime.RawExtension, field string) string {
	var fields map[string]any
	_ = json.Unmarshal(raw.Raw, &fields)
	text, _ := fields[field].(string)
	return text
}
