package experiment

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Input is an experiment as a document in memory. It can be loaded again with other
// settings, wherever it came from.
type Input struct {
	// Name is what messages call it.
	Name string
	Data []byte
	// Dir is where relative files are looked for.
	Dir string
	// Drafted says that nobody has seen the document, so that lines in it mean nothing.
	Drafted bool
	// InMemory is the load's file where that is no file; nil otherwise.
	InMemory *InMemory
}

// InMemory is a swarmfile that somebody wrote for this experiment.
type InMemory struct {
	// Title says what is sent, for people.
	Title string
	Data  []byte
}

// FromFile reads the experiment file at path.
func FromFile(path string) (Input, error) {
	data, err := readFile(path)
	return Input{Name: path, Data: data, Dir: filepath.Dir(path)}, err
}

// FromReader reads an experiment that has no file. Relative files are looked for where
// the process stands.
func FromReader(name string, r io.Reader) (Input, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return Input{}, &Error{File: name, Problems: []Problem{{Message: err.Error()}}}
	}
	return Input{Name: name, Data: data}, nil
}

// Load is the experiment with the settings applied in their order. Every problem found
// is in its *Error.
func (in Input) Load(settings []Setting) (*Experiment, error) {
	exp, doc := in.decode(settings)
	if doc.sound() {
		doc.loadFile(exp, in)
		doc.validateEndpoints(exp)
		doc.validateDir(exp)
	}
	return finished(exp, doc)
}

// LoadUnread is Load without reading the load's file: to find what a run has left behind,
// when that file may be gone, or be for another engine that only the run was told of.
func (in Input) LoadUnread(settings []Setting) (*Experiment, error) {
	return finished(in.decode(settings))
}

func (in Input) decode(settings []Setting) (*Experiment, *document) {
	lm, doc := in.read(settings)
	exp := &Experiment{LoadMatrix: lm, Folder: in.folder(), Unplaced: doc.unplaced, Drafted: in.Drafted}
	if doc.sound() {
		exp.Unaddressed = doc.unaddressed(lm)
		doc.validate(exp)
	}
	return exp, doc
}

// read decodes and sets defaults, but does not validate.
func (in Input) read(settings []Setting) (*v1alpha1.LoadMatrix, *document) {
	lm := &v1alpha1.LoadMatrix{}
	doc := decodeStrict(in.Name, in.Data, lm)
	doc.unseen = in.Drafted
	if doc.sound() {
		doc.override(lm, settings)
		doc.unplaced = lm.Namespace == ""
		doc.setDefaults(lm)
	}
	return lm, doc
}

func (d *document) unaddressed(lm *v1alpha1.LoadMatrix) bool {
	return lm.Spec.Target.ScaleTargetRef != nil && !d.given[string(FieldURL)]
}

// folder is absolute, unless the process's working directory is not known.
func (in Input) folder() string {
	if folder, err := filepath.Abs(in.Dir); err == nil {
		return folder
	}
	return in.Dir
}

func finished(exp *Experiment, doc *document) (*Experiment, error) {
	if err := doc.err(); err != nil {
		return nil, err
	}
	return exp, nil
}

// readFile bounds what a wrong path (a device, a disk image) can cost.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &Error{File: path, Problems: []Problem{{Message: fileTrouble(err)}}}
	}
	if !info.Mode().IsRegular() {
		return nil, &Error{File: path, Problems: []Problem{{Message: "is not a regular file"}}}
	}
	if info.Size() > maxBytes {
		return nil, &Error{File: path, Problems: []Problem{{Message: fmt.Sprintf("is %d bytes, at most %d are read", info.Size(), maxBytes)}}}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{File: path, Problems: []Problem{{Message: fileTrouble(err)}}}
	}
	return data, nil
}

func fileTrouble(err error) string {
	if os.IsNotExist(err) {
		return "no such file"
	}
	return err.Error()
}
