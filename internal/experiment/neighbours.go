package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/pyimport"
)

// Neighbour is a file that goes where the locustfile goes.
type Neighbour struct {
	// Path is where it is.
	Path string
	// Name is its place as the locustfile sees it, from its own folder and with slashes:
	// lib/auth.py, ../data/users.csv.
	Name string
	// Imported says that nobody has named it, and that the locustfile imports it.
	Imported bool
	Size     int64
	// Sum is its SHA256 in hex.
	Sum string
	// Data is its content; nil for a file of more than 1 MiB, which only a run on this
	// machine can use.
	Data []byte
}

const (
	// keptBytes is the largest neighbour whose content is kept.
	keptBytes = 1 << 20
	// maxNeighbours is how many files load.files may lead to.
	maxNeighbours = 1000
)

// validateFiles wants a locustfile of the user's for the files beside it.
func (d *document) validateFiles(l v1alpha1.Load) {
	if len(l.Files) == 0 {
		return
	}
	switch {
	case l.MasterURL != "":
		d.addf("spec.load.files", "is given beside %s; a master that already runs has its own files", d.named("masterURL", "spec.load.masterURL"))
	case l.Engine == v1alpha1.EngineSwarm:
		d.addf("spec.load.files", "is for engine locust, whose locustfile opens and imports them; a swarmfile reads no other file, so leave it out")
	case l.File == "":
		d.addf("spec.load.files", "is given without load.file; the built-in locustfile reads no other file")
	}
	for i, name := range l.Files {
		d.notEmpty(fmt.Sprintf("spec.load.files[%d]", i), name, "a file or a folder")
	}
}

// neighbours finds what load.files names, and what the locustfile imports from beside it.
func (d *document) neighbours(exp *Experiment) {
	locustfile, err := filepath.Abs(exp.LoadPath)
	if err != nil {
		d.addf("spec.load.file", "%v", err)
		return
	}
	g := gathering{document: d, locustfile: locustfile, paths: map[string]bool{}}
	for i, name := range exp.LoadMatrix.Spec.Load.Files {
		g.field = fmt.Sprintf("spec.load.files[%d]", i)
		g.named(name, from(exp.Folder, name))
	}
	for _, module := range pyimport.Modules(os.DirFS(filepath.Dir(locustfile)), filepath.Base(locustfile)) {
		g.field = "spec.load.file"
		g.add(filepath.Join(filepath.Dir(locustfile), filepath.FromSlash(module)), true)
	}
	slices.SortFunc(g.found, func(a, b Neighbour) int { return strings.Compare(a.Name, b.Name) })
	exp.Neighbours = g.found
}

// gathering reads the neighbours of a locustfile.
type gathering struct {
	*document
	locustfile string
	// field is what led to the next file.
	field string
	paths map[string]bool
	found []Neighbour
}

// refuse notes a problem once for each field, as the first says what to do.
func (g *gathering) refuse(format string, args ...any) {
	if len(g.problems) == 0 || g.problems[len(g.problems)-1].Path != g.field {
		g.addf(g.field, format, args...)
	}
}

// named takes the file, or all of the folder, that load.files names.
func (g *gathering) named(written, path string) {
	info, err := os.Stat(path)
	switch {
	case !g.legible(path):
	case errors.Is(err, fs.ErrNotExist):
		g.refuse("is %q: %s: no such file or folder%s", written, path, didYouMean(filepath.Base(path), namesIn(filepath.Dir(path))))
	case err != nil:
		g.refuse("is %q: %v", written, err)
	case info.IsDir():
		if !g.tooMany() && !g.folder(path) {
			g.refuse("is %q: %s has no files, but for hidden and compiled ones, which stay", written, path)
		}
	default:
		g.add(path, false)
	}
}

func namesIn(folder string) (names []string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // the folder may be what is missing
	}
	for _, e := range entries {
		if isLegible(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// folder takes all files of a folder but those that somebody has to name: hidden ones,
// which may be secrets, and what leads out of it. It tells whether there were any, be they
// named before or the locustfile itself.
func (g *gathering) folder(path string) (some bool) {
	top := path + string(filepath.Separator) // which follows a link
	_ = filepath.WalkDir(top, func(at string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			g.refuse("%v", err)
		case at != top && stays(e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
		case !g.legible(at):
			return fs.SkipAll
		case e.IsDir():
		case e.Type()&fs.ModeSymlink != 0 && !leadsInside(path, at):
			g.refuse("%s is a symbolic link to a folder or out of %s; name it by itself if it is to go along", at, path)
		default:
			some = true
			g.add(at, false)
		}
		if g.tooMany() {
			return fs.SkipAll
		}
		return nil
	})
	return some
}

// stays tells what a folder keeps for itself: hidden files and what Python has compiled.
func stays(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__pycache__" || filepath.Ext(name) == ".pyc"
}

// leadsInside tells whether a link leads to a file of the folder that it was found in.
func leadsInside(folder, link string) bool {
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return false
	}
	to, err := filepath.EvalSymlinks(link)
	if err != nil {
		return false
	}
	info, err := os.Stat(to)
	rel, relErr := filepath.Rel(folder, to)
	return err == nil && relErr == nil && info.Mode().IsRegular() && filepath.IsLocal(rel)
}

// tooMany ends the gathering, as the field that led to the first too many has been told.
func (g *gathering) tooMany() bool { return len(g.paths) > maxNeighbours }

// add reads a file, once.
func (g *gathering) add(path string, imported bool) {
	path = filepath.Clean(path)
	if path == g.locustfile || g.paths[path] || g.tooMany() {
		return
	}
	g.paths[path] = true
	if g.tooMany() {
		g.refuse("leads to more than %d files; name fewer, or build them into an image of your own (spec.cluster.locustImage)", maxNeighbours)
		return
	}
	n, err := readNeighbour(filepath.Dir(g.locustfile), path)
	if err != nil {
		g.refuse("%v", err)
		return
	}
	n.Imported = imported
	g.found = append(g.found, n)
}

func readNeighbour(folder, path string) (Neighbour, error) {
	rel, err := filepath.Rel(folder, path)
	if err != nil {
		return Neighbour{}, err
	}
	n := Neighbour{Path: path, Name: filepath.ToSlash(rel)}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return n, fmt.Errorf("%s: %s", path, fileTrouble(err))
	case !info.Mode().IsRegular():
		return n, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return n, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	kept, sum := &keep{most: keptBytes}, sha256.New()
	if n.Size, err = io.Copy(io.MultiWriter(sum, kept), f); err != nil {
		return n, err
	}
	n.Data, n.Sum = kept.data, hex.EncodeToString(sum.Sum(nil))
	return n, nil
}

// keep holds what is written to it, unless that is too much.
type keep struct {
	most int
	data []byte
	full bool
}

func (k *keep) Write(p []byte) (int, error) {
	if k.full = k.full || len(k.data)+len(p) > k.most; k.full {
		k.data = nil
		return len(p), nil
	}
	k.data = append(k.data, p...)
	return len(p), nil
}

// NeighboursSum stands for the files beside the locustfile and their places; empty for
// none.
func (e *Experiment) NeighboursSum() string {
	if len(e.Neighbours) == 0 {
		return e.LoadMatrix.Annotations[AnnotationFiles]
	}
	sum := sha256.New()
	for _, n := range e.Neighbours {
		_, _ = fmt.Fprintf(sum, "%q %s\n", n.Name, n.Sum)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// NeighbourNames are the places of the files that go along with the locustfile.
func (e *Experiment) NeighbourNames() (names []string) {
	for _, n := range e.Neighbours {
		names = append(names, n.Name)
	}
	return names
}

// maxNamed is how many files a line names.
const maxNamed = 8

// NeighboursText says which files go along with the locustfile; empty for none.
func (e *Experiment) NeighboursText() string {
	var imported, named []string
	size := int64(0)
	for _, n := range e.Neighbours {
		size += n.Size
		if n.Imported {
			imported = append(imported, n.Name)
		} else {
			named = append(named, n.Name)
		}
	}
	var parts []string
	if len(imported) > 0 {
		parts = append(parts, shortList(imported)+" (imported)")
	}
	if len(named) > 0 {
		parts = append(parts, shortList(named)+" (load.files)")
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s; %d bytes", strings.Join(parts, ", "), size)
}

func shortList(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}
