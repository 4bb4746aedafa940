package spec

import "github.com/swarmgrid/swarmgrid/api/v1alpha1"

// LoadUnread is Load without the load's file: for whoever looks for what a run has left,
// when that file may be gone, or may be for an engine that only the run was told.
func LoadUnread(path string, settings []Setting) (*Experiment, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	exp := &Experiment{LoadMatrix: &v1alpha1.LoadMatrix{}}
	doc := decodeStrict(path, data, exp.LoadMatrix)
	if doc.sound() {
		doc.override(exp.LoadMatrix, settings)
		doc.setDefaults(exp.LoadMatrix)
		doc.validate(exp)
	}
	if err := doc.err(); err != nil {
		return nil, err
	}
	return exp, nil
}
