package experiment

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/baseurl"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// The bounds on a plan. They are far above what the tool is tested for and far
// below what would exhaust a machine before the first error.
const (
	maxReplicas  = 10_000
	maxWorkers   = 10_000
	maxUsers     = 10_000_000
	maxScenarios = 10_000
	maxDuration  = 24 * time.Hour
)

func (d *document) validate(exp *Experiment) {
	lm := exp.LoadMatrix
	d.validateType(lm.APIVersion, lm.Kind, v1alpha1.KindLoadMatrix)
	d.validateName("metadata.name", lm.Name, labelName())
	d.validateName("metadata.namespace", lm.Namespace, hostLabel())
	d.validateTarget(lm.Spec.Target)
	d.validateDoor(lm.Spec.Target, lm.Namespace)
	d.validateLoad(lm.Spec)
	d.validateMatrix(lm.Spec, exp)
	d.validateMeasure(lm.Spec.Measure)
	exp.SLO = d.validateSLO(lm.Spec.SLO)
	d.validateAuto(lm.Spec, exp.SLO)
	d.validateCluster(lm)
	d.validateGate("spec.gate", lm.Spec.Gate)
	d.validateAnswer(lm.Spec, exp)
	d.validatePricing(lm.Spec)
}

func (d *document) validateType(apiVersion, kind, wantKind string) {
	if apiVersion != v1alpha1.APIVersion {
		d.addf("apiVersion", "is %q, must be %s", apiVersion, v1alpha1.APIVersion)
	}
	if kind != wantKind {
		d.addf("kind", "is %q, must be %s", kind, wantKind)
	}
}

func (d *document) validateTarget(t v1alpha1.Target) {
	switch {
	case t.Process != nil && t.ScaleTargetRef != nil:
		d.addf("spec.target.scaleTargetRef", "is given beside process; a target is one or the other")
	case t.Process == nil && t.ScaleTargetRef == nil && t.URL == "":
		d.addf("spec.target", "names nothing to load; give process, scaleTargetRef or url")
	}
	if p := t.Process; p != nil && len(p.Command) == 0 {
		d.addf("spec.target.process.command", "is empty, must be a program and its arguments")
	} else if p != nil {
		d.notEmpty("spec.target.process.command[0]", p.Command[0], "a program")
		d.validateEnv("spec.target.process.env", p.Env, nil)
	}
	if d.given["spec.target.process.dir"] {
		d.notEmpty("spec.target.process.dir", t.Process.Dir, "a folder")
	}
	d.validateRef(t)
	d.validateMetrics(t)
	if t.URL != "" || d.given["spec.target.url"] {
		d.validateURL("spec.target.url", t.URL)
	}
	d.oneOf("spec.target.balance", string(t.Balance), "roundRobin", "random")
	d.oneOf("spec.target.autoscaler", string(t.Autoscaler), "refuse", "pause")
	if !strings.HasPrefix(t.Ready.Path, "/") {
		d.addf("spec.target.ready.path", "is %q, must begin with /", t.Ready.Path)
	}
	d.durationIn("spec.target.ready.timeout", t.Ready.Timeout.Duration, time.Second, maxDuration)
}

func (d *document) validateMetrics(t v1alpha1.Target) {
	m := t.Metrics
	if m == nil {
		return
	}
	if t.ScaleTargetRef == nil {
		d.addf("spec.target.metrics", "is about the pods of a scaleTargetRef, which is not given")
	}
	if !strings.HasPrefix(m.Path, "/") {
		d.addf("spec.target.metrics.path", "is %q, must begin with /", m.Path)
	}
	if m.Port != 0 || t.URL != "" || d.given["spec.target.metrics.port"] { // else the url's, once that is known
		d.intIn("spec.target.metrics.port", m.Port, 1, 65535)
	}
	if _, err := ParseCounter(m.Requests); err != nil {
		d.addf("spec.target.metrics.requests", "%v", err)
	}
}

// PortOf is the port that a URL says or means; 0 for a bad one.
func PortOf(text string) int {
	u, err := url.Parse(text)
	if err != nil {
		return 0
	}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	return map[string]int{"http": 80, "https": 443}[u.Scheme]
}

// notEmpty refuses an empty name; what says what it is of.
func (d *document) notEmpty(path, name, what string) {
	if strings.TrimSpace(name) == "" {
		d.addf(path, "is empty, must name %s", what)
	}
}

// validateURL allows plain http and https addresses. Credentials are refused:
// they would end up in logs and results.
func (d *document) validateURL(path, text string) {
	switch u, err := baseurl.Parse(text); {
	case err != nil:
		d.addf(path, "%v", err)
	case u.User != nil:
		d.addf(path, "holds a user name or password, which would reach logs; send an Authorization header instead, as in {{env \"NAME\"}}")
	}
}

func (d *document) validateLoad(s v1alpha1.LoadMatrixSpec) {
	l := s.Load
	d.oneOf("spec.load.engine", string(l.Engine), "swarm", "locust")
	if d.given["spec.load.file"] {
		d.notEmpty("spec.load.file", l.File, "a swarmfile or a locustfile")
	}
	if d.given["spec.load.builtin"] {
		d.oneOf("spec.load.builtin", string(l.Builtin), string(v1alpha1.BuiltinForecasting))
	}
	if l.MasterURL != "" {
		d.validateURL("spec.load.masterURL", l.MasterURL)
	}
	d.validateSource(s)
	d.validateFiles(l)
	if !(l.SpawnRate >= 0 && l.SpawnRate <= 1e6) { // nor NaN
		d.addf("spec.load.spawnRate", "is %v, must be at most 1000000 users per second, or 0 for the default", l.SpawnRate)
	}
}

// validateSource allows at most one place that says what is sent. A target known only by its
// url needs one, since it could be anything: the built-in mix would send requests that it
// does not serve.
func (d *document) validateSource(s v1alpha1.LoadMatrixSpec) {
	l := s.Load
	switch {
	case l.MasterURL != "" && l.File != "":
		d.addf("spec.load.file", "is given beside %s; a master that already runs has its own file", d.named("masterURL", "spec.load.masterURL"))
	case l.MasterURL != "" && l.Builtin != "":
		d.addf("spec.load.builtin", "is given beside %s; a master that already runs has its own file", d.named("masterURL", "spec.load.masterURL"))
	case l.File != "" && l.Builtin != "":
		d.addf("spec.load.builtin", "is given beside file; keep one of them")
	case l.MasterURL == "" && l.File == "" && l.Builtin == "" && s.Target.URL != "" && !scalable(s.Target):
		d.addf("spec.load", "does not say what to send to target.url; name a swarmfile or locustfile in load.file, or give load: {builtin: forecasting} if that is the forecasting service")
	}
}

func (d *document) validateMatrix(s v1alpha1.LoadMatrixSpec, exp *Experiment) {
	m := s.Matrix
	before := len(d.problems)
	d.axis(FieldReplicas, m.Replicas, maxReplicas)
	d.validateUsers(m, exp)
	if s.Load.MasterURL == "" {
		d.axis(FieldWorkers, m.Workers, maxWorkers)
	} else if !slices.Equal(m.Workers, []int{0}) {
		d.addf(string(FieldWorkers), "must be left out with %s: the workers that master has are used", d.named("masterURL", "spec.load.masterURL"))
	}
	if !scalable(s.Target) && len(m.Replicas) > 1 {
		d.addf(string(FieldReplicas), "is %v, but a target with only a url cannot be scaled; leave it out or give one value", m.Replicas)
	}
	d.cells("include", m.Include, s)
	d.cells("exclude", m.Exclude, s)
	if m.Repeats < 1 || m.Repeats > 1000 {
		d.addf("spec.matrix.repeats", "is %d, must be 1 to 1000", m.Repeats)
	}
	d.oneOf("spec.matrix.order", string(m.Order), "listed", "random")
	if len(d.problems) == before {
		d.axes(m, exp)
	}
}

// axes fills exp.Axes, unless the matrix is too large or empty.
func (d *document) axes(m v1alpha1.Matrix, exp *Experiment) {
	grid := float64(len(m.Replicas)) * float64(len(m.Workers)) * float64(len(m.Users.Ends()))
	if n := (grid + float64(len(m.Include))) * float64(m.Repeats); n > maxScenarios {
		d.addf("spec.matrix", "has %.0f scenarios (%d replicas × %d workers × %d users, times repeats), at most %d are allowed",
			n, len(m.Replicas), len(m.Workers), len(m.Users.Ends()), maxScenarios)
		return
	}
	exp.Axes = matrix.Axes{
		Replicas: m.Replicas, Workers: m.Workers, Users: m.Users.Ends(),
		Include: cellsOf(m.Include), Exclude: cellsOf(m.Exclude), Repeats: m.Repeats,
	}
	cells := exp.Axes.Cells()
	if len(cells) == 0 {
		d.addf("spec.matrix", "has no scenarios left after exclude")
	}
	for _, c := range cells {
		if c.Workers > c.Users {
			d.addf(d.outside(FieldUsers, FieldWorkers), "has a scenario of %s and %s; each worker needs at least one user", matrix.Count(c.Workers, "worker"), matrix.Count(c.Users, "user"))
			return
		}
	}
}

// outside is the first of some axes that was set from outside the file, or else the matrix.
func (d *document) outside(axes ...Field) string {
	for _, f := range axes {
		if d.sources[string(f)].Origin != "" {
			return string(f)
		}
	}
	return "spec.matrix"
}

func cellsOf(in []v1alpha1.Scenario) []matrix.Scenario {
	var out []matrix.Scenario
	for _, c := range in {
		out = append(out, matrix.Scenario(c))
	}
	return out
}

func (d *document) axis(field Field, values []int, limit int) {
	path := string(field)
	if values != nil && len(values) == 0 {
		d.addf(path, "is an empty list, must have at least one value")
	}
	for i, v := range values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if v < 1 || v > limit {
			d.addf(at, "is %d, must be 1 to %d", v, limit)
		} else if slices.Contains(values[:i], v) {
			d.addf(at, "repeats %d; list each value once (matrix.repeats measures more often)", v)
		}
	}
}

func (d *document) cells(name string, cells []v1alpha1.Scenario, s v1alpha1.LoadMatrixSpec) {
	for i, c := range cells {
		at := fmt.Sprintf("spec.matrix.%s[%d]", name, i)
		d.intIn(at+".replicas", c.Replicas, 1, maxReplicas)
		d.intIn(at+".users", c.Users, 1, maxUsers)
		if s.Load.MasterURL == "" {
			d.intIn(at+".workers", c.Workers, 1, maxWorkers)
		} else if c.Workers != 0 {
			d.addf(at+".workers", "must be left out with %s: the workers that master has are used", d.named("masterURL", "spec.load.masterURL"))
		}
		if !scalable(s.Target) && name == "include" && !(len(s.Matrix.Replicas) == 1 && s.Matrix.Replicas[0] == c.Replicas) {
			d.addf(at+".replicas", "is %d, but a target with only a url cannot be scaled; give the value of matrix.replicas", c.Replicas)
		}
		if slices.Contains(cells[:i], c) {
			d.addf(at, "repeats an earlier scenario")
		}
	}
}

func (d *document) validateMeasure(m v1alpha1.Measure) {
	if !m.Duration.Auto {
		d.wholeSeconds("spec.measure.duration", m.Duration.Duration.Duration, time.Second)
	}
	d.wholeSeconds("spec.measure.cooldown", m.Cooldown.Duration, 0)
	d.wholeSeconds("spec.measure.settle", m.Settle.Duration, 0)
	d.intIn("spec.measure.attempts", m.Attempts, 1, 100)
}

// wholeSeconds holds because windows are cut from one-second slices.
func (d *document) wholeSeconds(path string, v, atLeast time.Duration) {
	if !d.durationIn(path, v, atLeast, maxDuration) {
		return
	}
	if v%time.Second != 0 {
		d.addf(path, "is %v, must be whole seconds", v)
	}
}

func (d *document) durationIn(path string, v, low, high time.Duration) bool {
	if v < low || v > high {
		d.addf(path, "is %v, must be %v to %v", v, low, high)
		return false
	}
	return true
}

func (d *document) intIn(path string, v, low, high int) {
	if v < low || v > high {
		d.addf(path, "is %d, must be %d to %d", v, low, high)
	}
}

func (d *document) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		d.addf(path, "is %q, must be one of %s", value, strings.Join(allowed, ", "))
	}
}
