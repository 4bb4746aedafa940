package spec

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/builtin"
)

func builtinLoad(engine v1alpha1.Engine) []byte {
	if engine == v1alpha1.EngineLocust {
		return builtin.Locustfile()
	}
	return builtin.Swarmfile()
}

// DefaultTargetURL is where the users of an in-cluster target send by default.
const DefaultTargetURL = "http://inference:8000"

// Preset is a named matrix.
type Preset struct {
	Name                     string
	Replicas, Workers, Users []int
}

// Presets are the named matrices, the default one first.
func Presets() []Preset {
	return []Preset{
		{"full", []int{1, 2, 4, 8}, []int{4, 8}, []int{200, 400, 800}},
		{"baseline", []int{2, 4}, []int{4, 8}, []int{400}},
		{"smoke", []int{2}, []int{4}, []int{200, 400, 800}},
	}
}

func setDefaults(lm *v1alpha1.LoadMatrix) {
	s := &lm.Spec
	orDefault(&lm.Name, "inference")
	orDefault(&lm.Namespace, "default")
	setTargetDefaults(&s.Target)
	orDefault(&s.Load.Engine, v1alpha1.EngineSwarm)
	setMatrixDefaults(s)
	orDefault(&s.Measure.Duration.Duration, 120*time.Second)
	orDuration(&s.Measure.Cooldown, 15*time.Second)
	// Two of Locust's report intervals (locust.md 2.6 step 3).
	orDuration(&s.Measure.Settle, 6*time.Second)
	orDefault(&s.Measure.Attempts, 3)
	orDefault(&s.Gate, v1alpha1.GateAnswer)
	setClusterDefaults(s)
}

func setTargetDefaults(t *v1alpha1.Target) {
	orDefault(&t.Balance, v1alpha1.BalanceRoundRobin)
	orDefault(&t.Ready.Path, "/healthz")
	orDefault(&t.Ready.Timeout.Duration, 2*time.Minute)
	orDefault(&t.Autoscaler, v1alpha1.AutoscalerRefuse)
	if t.ScaleTargetRef != nil {
		orDefault(&t.URL, DefaultTargetURL)
		orDefault(&t.ScaleTargetRef.APIVersion, "apps/v1")
		orDefault(&t.ScaleTargetRef.Kind, "Deployment")
	}
}

// setMatrixDefaults fills the axes that the target and the master can vary; the
// others stay single.
func setMatrixDefaults(s *v1alpha1.LoadMatrixSpec) {
	full := Presets()[0]
	m := &s.Matrix
	onlyIncluded := len(m.Include) > 0 && m.Replicas == nil && m.Workers == nil && m.Users == nil
	if !onlyIncluded {
		orList(&m.Replicas, pick(scalable(s.Target), full.Replicas, []int{1}))
		orList(&m.Workers, pick(s.Load.MasterURL == "", full.Workers, []int{0}))
		orList(&m.Users, full.Users)
	}
	orDefault(&m.Repeats, 1)
	orDefault(&m.Order, v1alpha1.OrderListed)
}

// scalable tells whether the target's replicas can be varied at all.
func scalable(t v1alpha1.Target) bool { return t.Process != nil || t.ScaleTargetRef != nil }

func setSwarmfileDefaults(sf *v1alpha1.Swarmfile) {
	for i := range sf.Spec.Users {
		u := &sf.Spec.Users[i]
		orDefault(&u.Weight, 1)
		for j := range u.Tasks {
			t := &u.Tasks[j]
			orDefault(&t.Weight, 1)
			orDefault(&t.Request.Method, "GET")
			orDefault(&t.Request.Timeout, &metav1.Duration{Duration: time.Minute})
		}
	}
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func orList(field *[]int, value []int) {
	if *field == nil {
		*field = value
	}
}

func orDuration(field **metav1.Duration, value time.Duration) {
	if *field == nil {
		*field = &metav1.Duration{Duration: value}
	}
}

func pick[T any](cond bool, yes, no T) T {
	if cond {
		return yes
	}
	return no
}
