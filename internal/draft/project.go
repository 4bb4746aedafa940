package draft

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// The names of the files that a Project is written to.
const (
	ExperimentFile = "experiment.yaml"
	SwarmfileFile  = "swarmfile.yaml"
)

// Project is a target that somebody begins to measure.
type Project struct {
	Name string
	// Namespace is the cluster's; empty without a cluster.
	Namespace string
	Target    Target
	// Task is the one request that was asked for; nil takes those of Seen, else GET /.
	Task *Task
	Seen Seen
	// Secrets are the variables that Task needs.
	Secrets Secrets
}

// Files are the experiment and the swarmfile. What is returned decodes.
func (p Project) Files() (exp, swarmfile []byte, err error) {
	exp, swarmfile = p.experiment().YAML(), p.swarmfile().YAML()
	source := experiment.Input{Name: ExperimentFile, Data: exp, InMemory: &experiment.InMemory{Title: SwarmfileFile, Data: swarmfile}}
	if _, err := source.Load(nil); err != nil {
		return nil, nil, fmt.Errorf("drafting: %w", err)
	}
	return exp, swarmfile, nil
}

// smallNode is how often a window is measured in which the load's pods were starved, as
// happens where they share few processors with everything else.
const smallNode = 20

// scale is how much is measured, by the kind of target.
type scale struct {
	replicas, workers, users []int
	window, settle, cooldown time.Duration
	// choice is the comment on these numbers.
	choice string
}

func (p Project) scale() scale {
	switch {
	case p.Target.Deployment != "":
		return scale{
			[]int{1, 2},
			[]int{1},
			[]int{50, 200},
			30 * time.Second, 3 * time.Second, 3 * time.Second,
			"Each combination is a scenario. How many replicas can the cluster hold, how many users are expected?",
		}
	case len(p.Target.Command) > 0:
		return scale{
			[]int{1, 2},
			[]int{1},
			[]int{10, 50, 100},
			30 * time.Second, 3 * time.Second, 3 * time.Second,
			"Each combination is a scenario. How many users are expected?",
		}
	}
	return scale{
		nil,
		[]int{1},
		[]int{10, 50, 100},
		30 * time.Second, 3 * time.Second, 3 * time.Second,
		"Each number is a scenario. How many users are expected?",
	}
}

func (p Project) experiment() Experiment {
	s := p.scale()
	e := Experiment{
		Name: p.Name, Namespace: p.Namespace, Target: p.Target, LoadFile: SwarmfileFile,
		Head:     []string{fmt.Sprintf("See it: swarmgrid plan %s. Measure: swarmgrid run %s.", ExperimentFile, ExperimentFile)},
		Replicas: s.replicas, Workers: s.workers, Users: v1alpha1.UserList(s.users...), MatrixHead: []string{s.choice},
		Duration: s.window, Settle: s.settle, Cooldown: s.cooldown,
		SLO:     []v1alpha1.Objective{{Metric: v1alpha1.MetricP95, Below: "500ms"}, {Metric: v1alpha1.MetricFailures, Below: "1%"}},
		SLOHead: []string{"A guess. What is good enough for your users?"},
	}
	if p.Target.Deployment != "" {
		e.Head = []string{fmt.Sprintf("See it: swarmgrid plan %s --cluster. Measure: swarmgrid all %s, then swarmgrid cleanup %s.", ExperimentFile, ExperimentFile, ExperimentFile)}
		e.Cluster, e.Attempts = true, smallNode
	}
	return e
}

func (p Project) swarmfile() Swarmfile {
	tasks, left := p.tasks()
	s := Swarmfile{
		Name: p.Name, Tasks: tasks, LeftOut: left,
		Head:  []string{"What every user does: one of the tasks at random, a wait, and so on. A task's weight is its share, 1 if it is not given."},
		Think: 500 * time.Millisecond, ThinkUpTo: 1500 * time.Millisecond,
	}
	if p.Task == nil && p.Seen.API != nil {
		s.Change = p.Seen.API.Change
	}
	for name := range p.Secrets {
		s.Head = append(s.Head, "Set "+name+" before a run: its value is not kept.")
	}
	slices.Sort(s.Head[1:])
	return s
}

// tasks are the tasks to send, and comments on what is left out.
func (p Project) tasks() (tasks []Task, left []string) {
	root := Task{Name: "/", Method: "GET", Path: "/"}
	switch {
	case p.Task != nil:
		return []Task{*p.Task}, nil
	case p.Seen.API == nil:
		return []Task{root}, []string{"What else do your users request? There was no OpenAPI document to take it from; docs/swarmfile.md says how a task is written."}
	}
	left = slices.Clone(p.Seen.API.LeftOut)
	if tasks = p.described(); len(tasks) < len(p.Seen.API.Tasks) {
		left = append(left, "GET "+p.Seen.ReadyPath+": is the health check")
	}
	if len(tasks) == 0 {
		tasks = []Task{root}
		left = append(left, fmt.Sprintf("GET / stands for whatever your users request: %s has no GET that can be sent as it is", p.Seen.APIPath))
	}
	if len(left) > 0 {
		left = slices.Insert(left, 0, fmt.Sprintf("Left out of what %s describes:", p.Seen.APIPath))
	}
	return tasks, left
}

// described are the tasks of the OpenAPI document, without the health check.
func (p Project) described() []Task {
	return slices.DeleteFunc(slices.Clone(p.Seen.API.Tasks), func(t Task) bool { return t.Path == p.Seen.ReadyPath })
}

// Found lists what was seen.
func (p Project) Found() []string {
	var found []string
	if p.Seen.ReadyPath != "" {
		found = append(found, p.Seen.ReadyPath+" answers a health check")
	}
	switch api := p.Seen.API; {
	case api != nil && p.Task != nil:
		found = append(found, p.Seen.APIPath+" describes the service; a URL without a path would have taken the tasks from it")
	case api != nil:
		out := len(api.LeftOut) + len(api.Tasks) - len(p.described())
		found = append(found, fmt.Sprintf("%s describes the service: %s, %d left out with the reason in %s",
			p.Seen.APIPath, matrix.Count(len(p.described()), "task"), out, SwarmfileFile))
	}
	return append(found, p.Seen.Notes...)
}

// Ready sets the readiness probe by what was seen, unless something better is known.
func (t *Target) Ready(seen Seen) {
	switch {
	case t.ReadyPath != "":
	case seen.ReadyPath != "":
		t.ReadyPath, t.ReadyNote = seen.ReadyPath, "A replica gets load once this path answers."
	case seen.Answers != "":
		t.ReadyPath, t.ReadyNote = seen.Answers, "A replica gets load once this path answers. Nothing called like a health check did; name it if there is one."
	default:
		t.ReadyPath, t.ReadyNote = "/", "A replica gets load once this path answers with 2xx or 3xx. That is a guess: name one that does."
	}
}

// ProjectOfURL starts from a request as curl would send it. For a bare address, the requests
// are those that the service shows.
func ProjectOfURL(r Request, bare bool, seen Seen) Project {
	p := Project{Name: hostName(r.Base), Target: Target{URL: r.Base, Notes: []string{
		"Known by its URL only, this cannot be scaled: give process or scaleTargetRef to learn how many replicas it takes.",
	}}, Seen: seen, Secrets: r.Secrets}
	if !bare {
		p.Task = &r.Task
	}
	return p
}

// ProjectOfProcess starts from a command.
func ProjectOfProcess(c Command, seen Seen) Project {
	p := Project{Name: cmp.Or(label(c.Program()), "process"), Seen: seen, Target: Target{
		Command: c.Args, Env: c.Env,
		Notes: []string{"Each replica is one such process, with a port of its own for {{port}}."},
	}}
	p.Target.Ready(seen)
	return p
}
