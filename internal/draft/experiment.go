package draft

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// Experiment is the part of a LoadMatrix that is written. Zero values are left to the defaults.
type Experiment struct {
	Name string
	// Namespace is the cluster's; empty without a cluster.
	Namespace string
	// Head are comments at the top.
	Head   []string
	Target Target
	Engine v1alpha1.Engine
	// LoadFile is where the swarmfile or locustfile is, relative to the experiment.
	LoadFile  string
	SpawnRate float64

	Replicas, Workers []int
	Users             v1alpha1.Users
	// MatrixHead are comments on the axes.
	MatrixHead []string

	// Duration is the longest that a window may be where Auto says that it ends by the SLO.
	Duration, Settle, Cooldown time.Duration
	Auto                       bool
	Attempts                   int

	// Cluster says that the load runs in one.
	Cluster bool

	// Answer is what is asked; Budget and MaxTime limit it.
	Answer          v1alpha1.Answer
	Budget, MaxTime time.Duration

	SLO []v1alpha1.Objective
	// SLOHead are comments on the objectives.
	SLOHead []string
}

// YAML is the experiment's text.
func (e Experiment) YAML() []byte {
	var p page
	p.comment("", e.Head...)
	p.line("apiVersion: %s", v1alpha1.APIVersion)
	p.line("kind: %s", v1alpha1.KindLoadMatrix)
	if e.Namespace == "" {
		p.line("metadata: {name: %s}", scalar(e.Name))
	} else {
		p.line("metadata: {name: %s, namespace: %s}", scalar(e.Name), scalar(e.Namespace))
	}
	p.line("spec:")
	e.Target.write(&p)
	e.load(&p)
	e.matrix(&p)
	e.measure(&p)
	e.slo(&p)
	e.answer(&p)
	e.cluster(&p)
	return []byte(p.b.String())
}

func (e Experiment) load(p *page) {
	p.line("  load:")
	if e.Engine != "" && e.Engine != v1alpha1.EngineSwarm {
		p.line("    engine: %s", scalar(string(e.Engine)))
	}
	p.line("    file: %s", scalar(e.LoadFile))
	if e.SpawnRate > 0 {
		p.line("    spawnRate: %s   # users a second", strconv.FormatFloat(e.SpawnRate, 'f', -1, 64))
	}
}

func (e Experiment) matrix(p *page) {
	p.line("  matrix:")
	p.comment("    ", e.MatrixHead...)
	if len(e.Replicas) > 0 {
		p.line("    replicas: %s", ints(e.Replicas))
	}
	p.line("    workers: %s", ints(e.Workers))
	p.line("    users: %v", e.Users)
}

func (e Experiment) measure(p *page) {
	p.line("  measure:")
	if e.Auto {
		p.line("    duration: %s", v1alpha1.WindowAuto)
		p.line("    max: %v", e.Duration)
	} else {
		p.line("    duration: %v", e.Duration)
	}
	p.line("    settle: %v", e.Settle)
	p.line("    cooldown: %v", e.Cooldown)
	if e.Attempts > 0 {
		p.line("    attempts: %d", e.Attempts)
	}
}

func (e Experiment) slo(p *page) {
	p.comment("  ", e.SLOHead...)
	if len(e.SLO) == 0 {
		return
	}
	p.line("  slo:")
	for _, o := range e.SLO {
		p.line("    - {%s}", strings.Join(fields(o), ", "))
	}
}

func (e Experiment) answer(p *page) {
	if e.Answer != "" && e.Answer != v1alpha1.AnswerGrid {
		p.line("  answer: %s", scalar(string(e.Answer)))
	}
	if e.Budget > 0 {
		p.line("  budget: %v", e.Budget)
	}
	if e.MaxTime > 0 {
		p.line("  maxTime: %v", e.MaxTime)
	}
}

// cluster has the load's pods ask for little, so that they fit beside the service on a node
// with two CPUs: the original's want most of what such a node has left.
func (e Experiment) cluster(p *page) {
	if !e.Cluster {
		return
	}
	p.line("  cluster:")
	p.comment("    ", "The program, where the nodes find it.")
	p.line("    image: %s", experiment.DefaultImage)
	p.comment("    ", "What the load's pods reserve: little, to fit on a small node. For more load give the workers more, or have more of them.")
	p.line("    master: {resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 512Mi}}}")
	p.line("    worker: {resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 512Mi}}}")
}

// fields are the fields of an objective that are set, in the order of its type.
func fields(o v1alpha1.Objective) []string {
	var out []string
	v := reflect.ValueOf(o)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if text := v.Field(i).String(); text != "" {
			out = append(out, name+": "+scalar(text))
		}
	}
	return out
}
