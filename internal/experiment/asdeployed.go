package experiment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Place says where an experiment is in a cluster, for callers that look there before the
// rest of it is validated. It is nil for a document that cannot be read.
func (in Input) Place(settings []Setting) *v1alpha1.LoadMatrix {
	lm, doc := in.read(settings)
	if !doc.sound() {
		return nil
	}
	return lm
}

// AsDeployed says in one line what the record changes, and in another which settings differ
// from it; either is left out if there is nothing to say. The document must be readable.
// beaten are settings that beat all of these.
func (in Input) AsDeployed(record Record, settings, beaten []Setting) []string {
	fresh := record.Fresh(settings)
	file, deployed, now := in.Place(nil), in.Place(record), in.Place(slices.Concat(record, fresh))
	var kept, had, changed []string
	for _, v := range values() {
		was, origin := v.text(deployed), v.setBy(fresh)
		switch {
		case v.setBy(record) == "" || v.setBy(beaten) != "":
		case origin != "" && v.text(now) != was:
			changed = append(changed, fmt.Sprintf("%s %s (%s), not %s as deployed", v.name, v.text(now), origin, was))
		case origin == "" && v.text(file) != was:
			kept, had = append(kept, v.name+" "+was), append(had, v.name+" "+v.text(file))
		}
	}
	var said []string
	if len(kept) > 0 {
		said = append(said, fmt.Sprintf("%s as deployed (%s); the file has %s", inWords(kept), record.Command(), inWords(had)))
	}
	if len(changed) > 0 {
		said = append(said, strings.Join(changed, "; "))
	}
	return said
}

// value is something that settings set, as it is shown to people.
type value struct {
	name string
	// fields are those that set it.
	fields []Field
	text   func(*v1alpha1.LoadMatrix) string
}

// setBy is the origin of the last of the settings that sets the value.
func (v value) setBy(settings []Setting) string {
	if s := v.setter(settings); s != nil {
		return s.Origin
	}
	return ""
}

func values() []value {
	return append(matrixValues(), []value{
		{"duration", []Field{FieldDuration}, func(lm *v1alpha1.LoadMatrix) string { return lm.Spec.Measure.Duration.String() }},
		{"longest window", []Field{FieldMax}, longestWindow},
		{"cooldown", []Field{FieldCooldown}, func(lm *v1alpha1.LoadMatrix) string { return lm.Spec.Measure.Cooldown.Duration.String() }},
		{"settle", []Field{FieldSettle}, func(lm *v1alpha1.LoadMatrix) string { return lm.Spec.Measure.Settle.Duration.String() }},
		{"attempts", []Field{FieldAttempts}, func(lm *v1alpha1.LoadMatrix) string { return fmt.Sprint(lm.Spec.Measure.Attempts) }},
		{"SLO", []Field{FieldSLO}, func(lm *v1alpha1.LoadMatrix) string { return SLOText(lm.Spec.SLO) }},
		{"answer", []Field{FieldAnswer}, func(lm *v1alpha1.LoadMatrix) string { return string(lm.Spec.Answer) }},
		{"budget", []Field{FieldBudget}, func(lm *v1alpha1.LoadMatrix) string { return orNoLimit(lm.Spec.Budget.Duration) }},
		{"longest time", []Field{FieldMaxTime}, func(lm *v1alpha1.LoadMatrix) string { return orNoLimit(lm.Spec.MaxTime.Duration) }},
		{"spawn rate", []Field{FieldSpawnRate}, func(lm *v1alpha1.LoadMatrix) string {
			if lm.Spec.Load.SpawnRate == 0 {
				return "by the users"
			}
			return fmt.Sprint(lm.Spec.Load.SpawnRate)
		}},
		{"load", []Field{FieldLoadFile}, func(lm *v1alpha1.LoadMatrix) string {
			return cmp.Or(lm.Spec.Load.File, string(lm.Spec.Load.Builtin), "none")
		}},
		{"engine", []Field{FieldEngine}, func(lm *v1alpha1.LoadMatrix) string { return string(lm.Spec.Load.Engine) }},
		{"master URL", []Field{FieldMasterURL}, func(lm *v1alpha1.LoadMatrix) string { return cmp.Or(lm.Spec.Load.MasterURL, "none") }},
		{"url", []Field{FieldURL}, func(lm *v1alpha1.LoadMatrix) string { return cmp.Or(lm.Spec.Target.URL, "none") }},
		{"target", []Field{FieldTargetName}, targetName},
		{"worker", []Field{FieldWorkerName}, func(lm *v1alpha1.LoadMatrix) string { return lm.Spec.Cluster.Names.Worker }},
	}...)
}

// matrixValues are those that a preset sets, too. Only a preset replaces single scenarios.
func matrixValues() []value {
	return []value{
		{"replicas", []Field{FieldReplicas, FieldPreset}, func(lm *v1alpha1.LoadMatrix) string { return numbers(lm.Spec.Matrix.Replicas) }},
		{"workers", []Field{FieldWorkers, FieldPreset}, func(lm *v1alpha1.LoadMatrix) string { return numbers(lm.Spec.Matrix.Workers) }},
		{"users", []Field{FieldUsers, FieldPreset}, func(lm *v1alpha1.LoadMatrix) string { return usersText(lm.Spec.Matrix.Users) }},
		{"included scenarios", []Field{FieldPreset}, func(lm *v1alpha1.LoadMatrix) string { return fmt.Sprint(len(lm.Spec.Matrix.Include)) }},
		{"excluded scenarios", []Field{FieldPreset}, func(lm *v1alpha1.LoadMatrix) string { return fmt.Sprint(len(lm.Spec.Matrix.Exclude)) }},
	}
}

func longestWindow(lm *v1alpha1.LoadMatrix) string {
	if m := lm.Spec.Measure; m.Max != nil {
		return m.Max.Duration.String()
	}
	return "none"
}

func orNoLimit(d time.Duration) string {
	if d == 0 {
		return "no limit"
	}
	return d.String()
}

func targetName(lm *v1alpha1.LoadMatrix) string {
	if ref := lm.Spec.Target.ScaleTargetRef; ref != nil {
		return ref.Name
	}
	return "none"
}

func numbers(list []int) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}

// inWords reads "a, b and c".
func inWords(list []string) string {
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}
