package experiment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Setting is one value from outside the file, as text. Later settings win.
type Setting struct {
	Field Field
	// Origin is what a person knows it by: "--replicas", "REPLICA_COUNTS".
	Origin string
	Value  string
	// BareSeconds lets a duration be a plain number of seconds, as the original's
	// environment variables are.
	BareSeconds bool
	// Recorded says that it was given to the last deploy, not now.
	Recorded bool
}

// from is the origin for messages.
func (s Setting) from() string {
	if s.Recorded {
		return "deploy " + s.Origin
	}
	return s.Origin
}

// Field is the place in the file that a Setting overrides.
type Field string

// The fields that can be set from outside.
const (
	FieldPreset   Field = "preset"
	FieldReplicas Field = "spec.matrix.replicas"
	FieldWorkers  Field = "spec.matrix.workers"
	FieldUsers    Field = "spec.matrix.users"
	FieldDuration Field = "spec.measure.duration"
	FieldMax      Field = "spec.measure.max"
	FieldCooldown Field = "spec.measure.cooldown"
	FieldSettle   Field = "spec.measure.settle"
	FieldAttempts Field = "spec.measure.attempts"
	// FieldSLO takes all objectives, a line each, instead of the file's.
	FieldSLO       Field = "spec.slo"
	FieldSpawnRate Field = "spec.load.spawnRate"
	FieldAnswer    Field = "spec.answer"
	FieldBudget    Field = "spec.budget"
	FieldMaxTime   Field = "spec.maxTime"
	// FieldLoadFile is relative to the caller's directory, not to the experiment file.
	FieldLoadFile   Field = "spec.load.file"
	FieldEngine     Field = "spec.load.engine"
	FieldMasterURL  Field = "spec.load.masterURL"
	FieldURL        Field = "spec.target.url"
	FieldTargetName Field = "spec.target.scaleTargetRef.name"
	FieldWorkerName Field = "spec.cluster.names.worker"
	FieldNamespace  Field = "metadata.namespace"
	// FieldContextNamespace is the namespace if neither the file nor another setting names one:
	// a kubeconfig's context has it.
	FieldContextNamespace Field = "metadata.namespace of the context"
)

// EnvironmentVariable is one documented variable and what it sets.
type EnvironmentVariable struct {
	Name  string
	Field Field
}

// EnvironmentVariables are the original driver's, which stay valid.
func EnvironmentVariables() []EnvironmentVariable {
	return []EnvironmentVariable{
		{"LOCUST_MASTER_URL", FieldMasterURL},
		{"INFERENCE_DEPLOYMENT", FieldTargetName},
		{"WORKER_DEPLOYMENT", FieldWorkerName},
		{"NAMESPACE", FieldNamespace},
		{"TEST_DURATION", FieldDuration},
		{"COOLDOWN", FieldCooldown},
		{"REPLICA_COUNTS", FieldReplicas},
		{"WORKER_COUNTS", FieldWorkers},
		{"USER_COUNTS", FieldUsers},
	}
}

// FromEnvironment returns the settings of the variables that are set and not empty.
func FromEnvironment(getenv func(string) string) []Setting {
	var settings []Setting
	for _, v := range EnvironmentVariables() {
		if value := getenv(v.Name); value != "" {
			settings = append(settings, Setting{Field: v.Field, Origin: v.Name, Value: value, BareSeconds: true})
		}
	}
	return settings
}

// override applies the settings; presets first, so that a single axis beside one wins.
func (d *document) override(lm *v1alpha1.LoadMatrix, settings []Setting) {
	settings = slices.Clone(settings)
	slices.SortStableFunc(settings, func(a, b Setting) int { return rank(a) - rank(b) })
	for _, s := range settings {
		d.replaced(string(s.Field), s.from())
		err := s.apply(lm, d)
		if err != nil {
			d.addf(string(s.Field), "%v", err)
		}
		d.given[string(s.Field)] = err == nil && !s.lifts()
	}
}

// rank orders environment < preset < flags, and before all of them those of the last
// deploy. A preset is a flag, so it beats the environment, and a flag for one axis refines it.
func rank(s Setting) int {
	now := 3
	if s.Recorded {
		now = 0
	}
	switch {
	case s.Field == FieldContextNamespace:
		return now + 3 // it fills a gap, so it comes last
	case s.Field == FieldPreset:
		return now + 1
	case isFlag(s.Origin):
		return now + 2
	}
	return now
}

func (s Setting) apply(lm *v1alpha1.LoadMatrix, d *document) error {
	spec := &lm.Spec
	switch s.Field {
	case FieldPreset:
		return applyPreset(&spec.Matrix, s, d)
	case FieldReplicas:
		return setInts(&spec.Matrix.Replicas, s.Value)
	case FieldWorkers:
		return setInts(&spec.Matrix.Workers, s.Value)
	case FieldUsers:
		return setUsers(&spec.Matrix.Users, s.Value)
	case FieldDuration:
		return s.window(&spec.Measure, d)
	case FieldMax:
		spec.Measure.Max = &metav1.Duration{}
		return s.duration(spec.Measure.Max)
	case FieldCooldown:
		spec.Measure.Cooldown = &metav1.Duration{}
		return s.duration(spec.Measure.Cooldown)
	case FieldSettle:
		spec.Measure.Settle = &metav1.Duration{}
		return s.duration(spec.Measure.Settle)
	case FieldAttempts:
		return setInt(&spec.Measure.Attempts, s.Value)
	case FieldSLO:
		return setObjectives(&spec.SLO, s.Value)
	case FieldLoadFile:
		spec.Load.File, spec.Load.Builtin, d.loadHere = s.Value, "", true
		delete(d.given, "spec.load.builtin")
	case FieldSpawnRate:
		return setFloat(&spec.Load.SpawnRate, s.Value)
	case FieldAnswer:
		spec.Answer = v1alpha1.Answer(s.Value)
	case FieldBudget:
		return s.limit(&spec.Budget)
	case FieldMaxTime:
		return s.limit(&spec.MaxTime)
	case FieldEngine:
		spec.Load.Engine = v1alpha1.Engine(s.Value)
	case FieldMasterURL:
		spec.Load.MasterURL = s.Value
	case FieldURL:
		spec.Target.URL = s.Value
	case FieldTargetName:
		if spec.Target.ScaleTargetRef == nil {
			spec.Target.ScaleTargetRef = &v1alpha1.ScaleTargetRef{}
		}
		spec.Target.ScaleTargetRef.Name = s.Value
	case FieldWorkerName:
		spec.Cluster.Names.Worker = s.Value
	case FieldNamespace:
		lm.Namespace = s.Value
	case FieldContextNamespace:
		if lm.Namespace == "" && !d.given[string(FieldNamespace)] {
			lm.Namespace = s.Value
		}
	default:
		return fmt.Errorf("cannot be overridden")
	}
	return nil
}

// applyPreset replaces the whole matrix, single scenarios included: a preset is
// exactly the scenarios that it names.
func applyPreset(m *v1alpha1.Matrix, s Setting, d *document) error {
	for _, p := range Presets() {
		if p.Name == s.Value {
			m.Replicas, m.Workers, m.Users = p.Replicas, p.Workers, v1alpha1.UserList(p.Users...)
			m.Include, m.Exclude = nil, nil
			for _, f := range []Field{FieldReplicas, FieldWorkers, FieldUsers} {
				d.replaced(string(f), s.from())
			}
			return nil
		}
	}
	return fmt.Errorf("is %q, must be full, baseline or smoke", s.Value)
}

func setInts(out *[]int, text string) error {
	values := []int{}
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return fmt.Errorf("is %q, must be whole numbers separated by commas, as in 1,2,4", text)
		}
		values = append(values, n)
	}
	*out = values
	return nil
}

func setInt(out *int, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("is %q, must be a whole number", text)
	}
	*out = n
	return nil
}

func setObjectives(out *[]v1alpha1.Objective, text string) error {
	values := []v1alpha1.Objective{}
	for part := range strings.SplitSeq(text, "\n") {
		o, ok := parseObjective(part)
		if !ok {
			return fmt.Errorf("is %q, must be a %s", part, anObjective)
		}
		values = append(values, o)
	}
	*out = values
	return nil
}

func setFloat(out *float64, text string) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("is %q, must be a number", text)
	}
	*out = f
	return nil
}

// window sets a duration. One that is not auto has no longest: it takes the place of the file's.
func (s Setting) window(m *v1alpha1.Measure, d *document) (err error) {
	if m.Duration, err = parseWindow(s.Value, s.BareSeconds); !m.Duration.Auto {
		m.Max = nil
		d.given[string(FieldMax)] = false
	}
	return err
}

// parseWindow reads a duration, or auto.
func parseWindow(text string, bareSeconds bool) (w v1alpha1.Window, err error) {
	if text == v1alpha1.WindowAuto {
		return v1alpha1.Window{Auto: true}, nil
	}
	w.Duration.Duration, err = ParseDuration(text, bareSeconds)
	if err != nil && !isNumber(text) {
		return w, fmt.Errorf("is %q, must be a duration with a unit, as in 120s or 2m, or auto", text)
	}
	return w, err
}

func (s Setting) duration(out *metav1.Duration) error {
	v, err := ParseDuration(s.Value, s.BareSeconds)
	out.Duration = v
	return err
}

// noLimit lifts a limit that the file, or the run that is continued, has.
const noLimit = "none"

// lifts tells whether the setting takes a limit away, as if none had been given.
func (s Setting) lifts() bool {
	return s.Value == noLimit && (s.Field == FieldBudget || s.Field == FieldMaxTime)
}

func (s Setting) limit(out *metav1.Duration) error {
	if s.lifts() {
		*out = metav1.Duration{}
		return nil
	}
	return s.duration(out)
}

// ParseDuration reads "120s" and, where bare numbers are allowed, "120".
func ParseDuration(text string, bareSeconds bool) (time.Duration, error) {
	if bareSeconds {
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e9 {
			return time.Duration(n * float64(time.Second)), nil
		}
	}
	v, err := time.ParseDuration(text)
	switch {
	case err == nil && (v != 0 || !isNumber(text)):
		return v, nil
	case bareSeconds:
		return 0, fmt.Errorf("is %q, must be seconds or a duration, as in 120 or 2m", text)
	case isNumber(text):
		return 0, fmt.Errorf("is %s, which lacks a unit; write %ss", text, text)
	}
	return 0, fmt.Errorf("is %q, must be a duration with a unit, as in 120s or 2m", text)
}
