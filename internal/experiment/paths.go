package experiment

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// The annotations of a run's copy of its experiment, whose paths are absolute: the folder
// that they start from, and how they were written.
const (
	annotationFolder  = "swarmgrid.dev/folder"
	annotationProgram = "swarmgrid.dev/process.command"
	annotationDir     = "swarmgrid.dev/process.dir"
)

// AnnotationFiles holds the NeighboursSum of an experiment whose neighbours are elsewhere,
// as those of a driver in a cluster are.
const AnnotationFiles = "swarmgrid.dev/load.files"

// from is a path relative to a folder, unless it is absolute.
func from(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

// programFrom is the program that a command names; one without a slash is looked up on the PATH.
func programFrom(folder, program string) string {
	if !strings.ContainsAny(program, "/"+string(filepath.Separator)) {
		return program
	}
	return from(folder, program)
}

// Command is the target's command, with a program that is found from any directory.
func (e *Experiment) Command() []string {
	command := slices.Clone(e.LoadMatrix.Spec.Target.Process.Command)
	command[0] = programFrom(e.Folder, command[0])
	return command
}

// ProcessDir is the folder in which the target's processes run.
func (e *Experiment) ProcessDir() string {
	return from(e.Folder, e.LoadMatrix.Spec.Target.Process.Dir)
}

// Anchored is the experiment in a form that means the same wherever it is read: with
// absolute paths, and a note of how they were written.
func (e *Experiment) Anchored() *v1alpha1.LoadMatrix {
	out := *e.LoadMatrix
	out.Spec.Load.Files = e.anchoredFiles()
	if e.LoadMatrix.Spec.Target.Process == nil {
		return &out
	}
	process := *e.LoadMatrix.Spec.Target.Process
	notes := map[string]string{annotationFolder: e.Folder}
	program, dir := e.writtenPaths()
	if program != process.Command[0] || dir != process.Dir { // this is a copy already
		notes[annotationFolder] = out.Annotations[annotationFolder]
	}
	notes[annotationProgram], notes[annotationDir] = program, dir
	process.Command, process.Dir = e.Command(), e.ProcessDir()
	out.Spec.Target.Process = &process
	maps.Copy(notes, withoutNotes(out.Annotations))
	out.Annotations = notes
	return &out
}

func (e *Experiment) anchoredFiles() (files []string) {
	for _, name := range e.LoadMatrix.Spec.Load.Files {
		files = append(files, from(e.Folder, name))
	}
	return files
}

func withoutNotes(annotations map[string]string) map[string]string {
	out := maps.Clone(annotations)
	for _, name := range []string{annotationFolder, annotationProgram, annotationDir} {
		delete(out, name)
	}
	return out
}

// writtenPaths are the program and the folder of the target's processes as they were first
// written. A copy's note counts as long as it still leads to the same place.
func (e *Experiment) writtenPaths() (program, dir string) {
	process, notes := e.LoadMatrix.Spec.Target.Process, e.LoadMatrix.Annotations
	program, dir = process.Command[0], process.Dir
	folder, ok := notes[annotationFolder]
	if !ok {
		return program, dir
	}
	if was, ok := notes[annotationProgram]; ok && programFrom(folder, was) == program {
		program = was
	}
	if was, ok := notes[annotationDir]; ok && from(folder, was) == dir {
		dir = was
	}
	return program, dir
}

// validateDir looks whether the folder to run in is there.
func (d *document) validateDir(e *Experiment) {
	process := e.LoadMatrix.Spec.Target.Process
	if process == nil || process.Dir == "" {
		return
	}
	dir := e.ProcessDir()
	switch info, err := os.Stat(dir); {
	case err != nil:
		d.addf("spec.target.process.dir", "is %q: %s: %s", process.Dir, dir, fileTrouble(err))
	case !info.IsDir():
		d.addf("spec.target.process.dir", "is %q: %s is not a folder", process.Dir, dir)
	}
}
