package draft

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// The window and the users of an experiment on a URL, unless given.
const onceWindow = 10 * time.Second

func onceUsers() []int { return []int{1, 10, 50} }

// Once is an experiment on one request.
type Once struct {
	Request Request
	// LoadFile is a file that says what to send, instead of the request's path; empty for none.
	LoadFile string
}

// Source drafts the experiment to be loaded with these settings, which determine its pace.
func (o Once) Source(settings []experiment.Setting) (experiment.Input, error) {
	exp, err := o.wrap(o.experiment(v1alpha1.UserList(onceUsers()...), onceWindow)).Load(settings)
	if err != nil {
		return experiment.Input{}, err
	}
	return o.wrap(o.experiment(exp.LoadMatrix.Spec.Matrix.Users, exp.Duration())), nil
}

func (o Once) experiment(users v1alpha1.Users, window time.Duration) Experiment {
	pace := PaceOf(window, users.Ends())
	return Experiment{
		Name: hostName(o.Request.Base), Head: o.head(),
		Target: Target{URL: o.Request.Base}, LoadFile: cmp.Or(o.LoadFile, "swarmfile.yaml"),
		SpawnRate: pace.SpawnRate, Workers: []int{1}, Users: users,
		Duration: window, Settle: pace.Settle, Cooldown: pace.Cooldown,
	}
}

func (o Once) wrap(e Experiment) experiment.Input {
	source := experiment.Input{Name: o.Request.Base, Data: e.YAML(), Drafted: true}
	if o.LoadFile == "" {
		source.InMemory = &experiment.InMemory{Title: o.Request.Title(), Data: o.Swarmfile()}
	}
	return source
}

// Saved is the experiment as it was loaded, for a file of its own next to loadFile.
func (o Once) Saved(exp *experiment.Experiment, loadFile string) []byte {
	m := exp.LoadMatrix.Spec
	e := o.experiment(m.Matrix.Users, exp.Duration())
	e.Auto = exp.Auto()
	e.LoadFile, e.Engine, e.SpawnRate = loadFile, m.Load.Engine, m.Load.SpawnRate
	e.Workers, e.SLO = m.Matrix.Workers, m.SLO
	e.Answer, e.Budget, e.MaxTime = m.Answer, m.Budget.Duration, m.MaxTime.Duration
	e.Settle, e.Cooldown, e.Attempts = exp.Settle(), exp.Cooldown(), m.Measure.Attempts
	if !slices.Equal(m.Matrix.Replicas, []int{1}) {
		e.Replicas = m.Matrix.Replicas
	}
	if len(e.SLO) == 0 {
		e.SLOHead = []string{"slo: [{metric: p95, below: 200ms}]   # what would be good enough"}
	}
	return e.YAML()
}

func (o Once) head() []string {
	head := []string{"What \"swarmgrid run URL\" measures: one request, by more and more users."}
	if len(o.Request.Secrets) > 0 {
		head = append(head, "Set "+strings.Join(slices.Sorted(maps.Keys(o.Request.Secrets)), ", ")+" before a run: the values are not kept.")
	}
	return head
}

// Swarmfile is the request as a file.
func (o Once) Swarmfile() []byte {
	return Swarmfile{
		Name: hostName(o.Request.Base), Head: []string{fmt.Sprintf("Every user sends %s %s.", o.Request.Task.Method, o.Request.Task.Name)},
		Think: o.Request.Think, Tasks: []Task{o.Request.Task},
	}.YAML()
}

var notLabel = regexp.MustCompile(`[^a-z0-9.]+`)

// hostName makes a name from a URL's host.
func hostName(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "url"
	}
	return cmp.Or(label(u.Hostname()), "url")
}

// label is the part of a text that fits an object's name; empty when nothing does. Between
// dots, too, a hyphen may be neither first nor last.
func label(text string) string {
	var parts []string
	for part := range strings.SplitSeq(notLabel.ReplaceAllString(strings.ToLower(text), "-"), ".") {
		if part = strings.Trim(part, "-"); part != "" {
			parts = append(parts, part)
		}
	}
	text = strings.Join(parts, ".")
	return strings.TrimRight(text[:min(len(text), 63)], "-.")
}
