package experiment

import (
	"fmt"
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

// The original's target, and where its users send. Any other in a cluster is reached by the
// Service that selects its pods, which only the cluster knows.
const (
	DefaultTarget    = "inference"
	DefaultTargetURL = "http://inference:8000"
)

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

// setDefaults fills in what the document leaves out.
func (d *document) setDefaults(lm *v1alpha1.LoadMatrix) {
	s := &lm.Spec
	orDefault(d, "metadata.name", &lm.Name, "inference")
	orDefault(d, "metadata.namespace", &lm.Namespace, "default")
	d.setTargetDefaults(&s.Target)
	orDefault(d, "spec.load.engine", &s.Load.Engine, v1alpha1.EngineSwarm)
	d.setMatrixDefaults(s)
	d.setMeasureDefaults(&s.Measure)
	orDefault(d, "spec.gate", &s.Gate, v1alpha1.GateAnswer)
	orDefault(d, "spec.answer", &s.Answer, v1alpha1.AnswerGrid)
	d.setClusterDefaults(lm)
}

func (d *document) setTargetDefaults(t *v1alpha1.Target) {
	orDefault(d, "spec.target.balance", &t.Balance, v1alpha1.BalanceRoundRobin)
	orDefault(d, "spec.target.ready.path", &t.Ready.Path, "/healthz")
	orDefault(d, "spec.target.ready.timeout", &t.Ready.Timeout.Duration, 2*time.Minute)
	orDefault(d, "spec.target.autoscaler", &t.Autoscaler, v1alpha1.AutoscalerRefuse)
	if t.ScaleTargetRef != nil {
		orDefault(d, "spec.target.scaleTargetRef.apiVersion", &t.ScaleTargetRef.APIVersion, "apps/v1")
		orDefault(d, "spec.target.scaleTargetRef.kind", &t.ScaleTargetRef.Kind, "Deployment")
	}
	if r := t.ScaleTargetRef; r != nil && r.Kind == "Deployment" && r.Name == DefaultTarget {
		orDefault(d, "spec.target.url", &t.URL, DefaultTargetURL)
	}
	if t.Metrics != nil {
		orDefault(d, "spec.target.metrics.path", &t.Metrics.Path, "/metrics")
		orDefault(d, "spec.target.metrics.port", &t.Metrics.Port, PortOf(t.URL))
	}
}

// setMatrixDefaults fills the axes that the target and the master can vary; the
// others stay single.
func (d *document) setMatrixDefaults(s *v1alpha1.LoadMatrixSpec) {
	full := Presets()[0]
	m := &s.Matrix
	onlyIncluded := len(m.Include) > 0 && m.Replicas == nil && m.Workers == nil && m.Users.IsZero()
	if !onlyIncluded {
		orList(&m.Replicas, pick(scalable(s.Target), full.Replicas, []int{1}))
		orList(&m.Workers, pick(s.Load.MasterURL == "", full.Workers, []int{0}))
		if m.Users.Range == nil {
			orList(&m.Users.List, full.Users)
		}
	}
	if m.Users.Range != nil {
		orDefault(d, fieldWithin, &m.Users.Range.Within, usualWithin)
	}
	orDefault(d, "spec.matrix.repeats", &m.Repeats, 1)
	orDefault(d, "spec.matrix.order", &m.Order, v1alpha1.OrderListed)
}

func (d *document) setMeasureDefaults(m *v1alpha1.Measure) {
	if m.Duration.Auto {
		orDuration(&m.Max, 180*time.Second)
	} else {
		orDefault(d, "spec.measure.duration", &m.Duration.Duration.Duration, 120*time.Second)
	}
	orDuration(&m.Cooldown, 15*time.Second)
	// Two of Locust's report intervals (locust-protocol.md 34).
	orDuration(&m.Settle, 6*time.Second)
	orDefault(d, "spec.measure.attempts", &m.Attempts, 3)
}

// scalable tells whether the target's replicas can be varied at all.
func scalable(t v1alpha1.Target) bool { return t.Process != nil || t.ScaleTargetRef != nil }

func (d *document) setSwarmfileDefaults(sf *v1alpha1.Swarmfile) {
	one := func() *float64 { return new(1.0) }
	for i := range sf.Spec.Users {
		u := &sf.Spec.Users[i]
		at := fmt.Sprintf("spec.users[%d]", i)
		orDefault(d, at+".weight", &u.Weight, one())
		for j := range u.Tasks {
			t := &u.Tasks[j]
			at := fmt.Sprintf("%s.tasks[%d]", at, j)
			orDefault(d, at+".weight", &t.Weight, one())
			orDefault(d, at+".request.method", &t.Request.Method, "GET")
			orDefault(d, at+".request.timeout", &t.Request.Timeout, &metav1.Duration{Duration: time.Minute})
		}
	}
}

// orDefault fills a field that the document leaves out. A zero that was written is not left
// out: it stays, and validation judges it.
func orDefault[T comparable](d *document, path string, field *T, value T) {
	var zero T
	if *field == zero && !d.given[path] {
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
