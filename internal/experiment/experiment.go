// Package experiment turns an experiment file into something that can be run: strict
// decoding, overrides, defaults, validation with all problems at once, and the
// Plan. Use Load for files; everything after it may trust what it gets.
package experiment

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/builtin"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Experiment is a valid, fully defaulted experiment with its load's file.
type Experiment struct {
	// LoadMatrix has every default filled in and every override applied.
	LoadMatrix *v1alpha1.LoadMatrix
	// Axes are the matrix. Workers is [0] when they are whatever masterURL has.
	Axes matrix.Axes
	// Within is how near the bounds of the answer have to be where the users are a range, whose
	// ends Axes then has: 0.05 for 5 %. It is 0 where they are a list.
	Within float64
	// SLO are the parsed objectives, possibly none.
	SLO []Objective
	// Folder is what the paths in the experiment start from: its file's, absolute.
	Folder string
	// LoadPath is where the load's file is; empty for one that is in no file.
	LoadPath string
	// LoadTitle says what is sent by a load that is in memory only; empty otherwise.
	LoadTitle string
	// LoadFile is its content; nil with masterURL.
	LoadFile []byte
	// Neighbours are the files that go wherever the user's locustfile goes, by Name.
	Neighbours []Neighbour
	// Drafted says that the experiment is in no file that a person could mend.
	Drafted bool
	// Unplaced says that nobody named the namespace, which is the default then.
	Unplaced bool
	// Unaddressed says of a target in a cluster that nobody gave its url: it is that of the
	// Service that selects the pods, which the cluster is to be asked for. The url is then
	// empty, or the original's for the original's target.
	Unaddressed bool
	// Swarmfile is LoadFile decoded, for the swarm engine.
	Swarmfile *v1alpha1.Swarmfile
	// Record is what deploy leaves in the cluster of the settings that it was given, or
	// has left there. Whoever loads an experiment for a cluster sets it.
	Record Record
}

// Load reads the experiment file at path and the load's file it names, applies
// the settings in their order, and returns every problem found as an *Error.
func Load(path string, settings []Setting) (*Experiment, error) {
	in, err := FromFile(path)
	if err != nil {
		return nil, err
	}
	return in.Load(settings)
}

// Decode is Load for a document in memory; relative files are looked for in dir.
func Decode(file string, data []byte, dir string, settings []Setting) (*Experiment, error) {
	return Input{Name: file, Data: data, Dir: dir}.Load(settings)
}

// With is the experiment with further settings, as if a stored copy of it were loaded with
// them. where names their place in messages.
func (e *Experiment) With(where string, settings []Setting) (*Experiment, error) {
	data, err := json.Marshal(e.LoadMatrix)
	if err != nil {
		return nil, fmt.Errorf("copying experiment: %w", err)
	}
	with := &Experiment{LoadMatrix: &v1alpha1.LoadMatrix{}, Folder: e.Folder, LoadPath: e.LoadPath, LoadTitle: e.LoadTitle, Unplaced: e.Unplaced, Drafted: e.Drafted, LoadFile: e.LoadFile, Neighbours: e.Neighbours, Swarmfile: e.Swarmfile, Record: e.Record}
	doc := decodeStrict(where, data, with.LoadMatrix)
	if doc.sound() {
		doc.override(with.LoadMatrix, settings)
		with.Unaddressed = e.Unaddressed || doc.unaddressed(with.LoadMatrix)
		doc.setDefaults(with.LoadMatrix)
		doc.validate(with)
		doc.validateEndpoints(with)
	}
	if err := doc.err(); err != nil {
		return nil, err
	}
	if with.LoadMatrix.Spec.Load.MasterURL != "" {
		with.LoadPath, with.LoadTitle, with.LoadFile, with.Neighbours, with.Swarmfile = "", "", nil, nil, nil
	}
	return with, nil
}

// DecodeSwarmfile reads and validates a swarmfile.
func DecodeSwarmfile(file string, data []byte) (*v1alpha1.Swarmfile, error) {
	if isLocustfile(file, data) {
		return nil, &Error{File: file, Problems: []Problem{{Message: locustfileForSwarm}}}
	}
	return decodeSwarmfile(file, data, false)
}

// decodeDrafted is DecodeSwarmfile for one that nobody has seen, and that has a title
// instead of a name.
func decodeDrafted(title string, data []byte) (*v1alpha1.Swarmfile, error) {
	return decodeSwarmfile(title, data, true)
}

func decodeSwarmfile(file string, data []byte, unseen bool) (*v1alpha1.Swarmfile, error) {
	sf := &v1alpha1.Swarmfile{}
	doc := decodeStrict(file, data, sf)
	doc.unseen = unseen
	if doc.sound() {
		doc.setSwarmfileDefaults(sf)
		doc.validateSwarmfile(sf)
	}
	if err := doc.err(); err != nil {
		return nil, err
	}
	return sf, nil
}

// BuiltinSwarmfile is the built-in mix of that name, or a problem that lists the names.
func BuiltinSwarmfile(name string) (*v1alpha1.Swarmfile, error) {
	if v1alpha1.Builtin(name) != v1alpha1.BuiltinForecasting {
		return nil, fmt.Errorf("the built-in mix is %q, must be %s", name, v1alpha1.BuiltinForecasting)
	}
	return DecodeSwarmfile("built-in swarmfile", builtin.Swarmfile())
}

// LoadSwarmfile reads and validates the swarmfile at path.
func LoadSwarmfile(path string) (*v1alpha1.Swarmfile, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return DecodeSwarmfile(path, data)
}

// loadFile reads the load's file, or takes the built-in one of the engine.
func (d *document) loadFile(exp *Experiment, in Input) {
	load := exp.LoadMatrix.Spec.Load
	switch {
	case load.MasterURL != "":
		return
	case load.File == "":
		exp.LoadFile = builtinLoad(load.Engine)
	case in.InMemory != nil && !d.loadHere:
		exp.LoadFile, exp.LoadTitle = in.InMemory.Data, in.InMemory.Title
	default:
		exp.LoadPath = load.File
		if !d.loadHere {
			exp.LoadPath = from(in.Dir, load.File)
		}
		data, err := readFile(exp.LoadPath)
		if err != nil {
			d.addf("spec.load.file", "%v", err)
			return
		}
		exp.LoadFile = data
	}
	switch {
	case load.Engine == v1alpha1.EngineSwarm:
		d.swarmfile(exp)
	case isSwarmfile(exp.LoadPath, exp.LoadFile):
		d.addf("spec.load.file", "%s: %s", exp.LoadPath, swarmfileForLocust)
	case exp.LoadPath != "":
		d.neighbours(exp)
	}
}

func (d *document) swarmfile(exp *Experiment) {
	decode := DecodeSwarmfile
	if exp.LoadTitle != "" {
		decode = decodeDrafted
	}
	sf, err := decode(exp.LoadName(), exp.LoadFile)
	if err != nil {
		d.addf("spec.load.file", "%s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
		return
	}
	exp.Swarmfile = sf
}

// LoadName is what messages call the load's file.
func (e *Experiment) LoadName() string {
	return cmp.Or(e.LoadPath, e.LoadTitle, "built-in swarmfile")
}

// Tasks are the endpoints that the swarmfile's users can ever request; nil for a locustfile,
// and with masterURL.
func (e *Experiment) Tasks() []stats.Endpoint {
	if e.Swarmfile == nil {
		return nil
	}
	var out []stats.Endpoint
	for _, u := range e.Swarmfile.Spec.Users {
		for _, t := range u.Tasks {
			if *u.Weight > 0 && *t.Weight > 0 {
				out = append(out, stats.Endpoint{Method: strings.ToUpper(t.Request.Method), Name: t.Name})
			}
		}
	}
	return out
}

// Duration is the measured window of each attempt, or the longest that it may be.
func (e *Experiment) Duration() time.Duration {
	if m := e.LoadMatrix.Spec.Measure; e.Auto() {
		return m.Max.Duration
	}
	return e.LoadMatrix.Spec.Measure.Duration.Duration.Duration
}

// Auto tells whether a window ends when the SLO is decided.
func (e *Experiment) Auto() bool { return e.LoadMatrix.Spec.Measure.Duration.Auto }

// ReportInterval is how often Python Locust's workers report (locust-protocol.md 5).
const ReportInterval = 3 * time.Second

// WholeReports is the window that is measured in place of d where workers report every
// ReportInterval: d rounded up to whole intervals.
func WholeReports(d time.Duration) time.Duration {
	return (d + ReportInterval - 1) / ReportInterval * ReportInterval
}

// Settle is the wait between the last spawned user and the window.
func (e *Experiment) Settle() time.Duration { return e.LoadMatrix.Spec.Measure.Settle.Duration }

// Cooldown is the pause after a scenario.
func (e *Experiment) Cooldown() time.Duration { return e.LoadMatrix.Spec.Measure.Cooldown.Duration }

// SpawnRate is how many users a second are started, for a scenario of that many users.
func (e *Experiment) SpawnRate(users int) float64 {
	if r := e.LoadMatrix.Spec.Load.SpawnRate; r > 0 {
		return r
	}
	return min(max(float64(users)/10, 1), 50)
}

// WithWorkers returns the experiment with n workers, the number found at masterURL, where
// the axis says "as found".
func (e *Experiment) WithWorkers(n int) *Experiment {
	found := *e
	found.Axes.Workers = slices.Clone(e.Axes.Workers)
	found.Axes.Include = slices.Clone(e.Axes.Include)
	found.Axes.Exclude = slices.Clone(e.Axes.Exclude)
	for i, w := range found.Axes.Workers {
		found.Axes.Workers[i] = cmp.Or(w, n)
	}
	for _, cells := range [][]matrix.Scenario{found.Axes.Include, found.Axes.Exclude} {
		for i, c := range cells {
			cells[i].Workers = cmp.Or(c.Workers, n)
		}
	}
	return &found
}

// WorkersAsFound tells whether the workers are whatever masterURL has.
func (e *Experiment) WorkersAsFound() bool { return e.LoadMatrix.Spec.Load.MasterURL != "" }

// Identity is what the measured numbers depend on, as name → value. Two runs
// with the same identity measure the same thing, so one may resume the other.
// Order, attempts and the program's version are no part of it, and the SLO only where windows
// end by it. Paths are as they were
// written, so that an experiment may move with what it names.
func (e *Experiment) Identity() map[string]string {
	s := e.LoadMatrix.Spec
	sum := sha256.Sum256(e.LoadFile)
	id := map[string]string{
		"spec.target.url":             s.Target.URL,
		"spec.target.balance":         string(s.Target.Balance),
		"spec.load.engine":            string(s.Load.Engine),
		"spec.load.file (its SHA256)": hex.EncodeToString(sum[:8]),
		"spec.load.masterURL":         s.Load.MasterURL,
		"spec.load.spawnRate":         fmt.Sprint(s.Load.SpawnRate),
		"spec.measure.duration":       s.Measure.Duration.String(),
		"spec.measure.cooldown":       s.Measure.Cooldown.Duration.String(),
		"spec.measure.settle":         s.Measure.Settle.Duration.String(),
		"spec.matrix":                 fmt.Sprint(e.Axes.Keys()),
	}
	if r := s.Matrix.Users.Range; r != nil {
		id["spec.matrix.users"] = fmt.Sprintf("%d to %d within %g%%", r.From, r.To, 100*e.Within)
	}
	if e.Auto() {
		id["spec.measure.max"] = s.Measure.Max.Duration.String()
		id["spec.slo (by which windows end)"] = SLOText(s.SLO)
	}
	if sum := e.NeighboursSum(); sum != "" {
		id["spec.load.files and what the locustfile imports (their SHA256)"] = sum
	}
	if p := s.Target.Process; p != nil {
		program, dir := e.writtenPaths()
		id["spec.target.process.command"] = fmt.Sprintf("%q", append([]string{program}, p.Command[1:]...))
		if dir != "" {
			id["spec.target.process.dir"] = dir
		}
		// A digest, because an environment may hold secrets and this map is stored.
		env := sha256.Sum256(fmt.Appendf(nil, "%q", p.Env))
		id["spec.target.process.env (its SHA256)"] = hex.EncodeToString(env[:8])
	}
	if r := s.Target.ScaleTargetRef; r != nil {
		id[identityRef] = ScaledObject{*r, e.LoadMatrix.Namespace}.identity()
	}
	return id
}
