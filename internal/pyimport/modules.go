package pyimport

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	// maxSource is the largest file that is read for its imports.
	maxSource = 1 << 20
	// maxModules is how many files are followed.
	maxModules = 1000
)

// Modules are the files beside a program that its imports lead to, those of the modules
// they import included, sorted. fsys is the program's folder, where Python looks first; a
// name that is not in it is somebody else's package. Of a package it is the __init__.py,
// and what is imported from it.
func Modules(fsys fs.FS, program string) []string {
	s := search{fsys: fsys, seen: map[string]bool{program: true}, todo: []string{program}}
	for len(s.todo) > 0 && len(s.found) < maxModules {
		next := s.todo[0]
		s.todo = s.todo[1:]
		s.follow(next)
	}
	slices.Sort(s.found)
	return s.found
}

type search struct {
	fsys  fs.FS
	seen  map[string]bool
	todo  []string
	found []string
}

func (s *search) follow(file string) {
	info, err := fs.Stat(s.fsys, file)
	if err != nil || info.Size() > maxSource {
		return
	}
	source, err := fs.ReadFile(s.fsys, file)
	if err != nil {
		return
	}
	for _, i := range Scan(source) {
		if base, ok := folderOf(file, i.Dots); ok {
			s.resolve(base, i)
		}
	}
}

// folderOf is where a module's import begins: the program's folder, or with dots the
// module's own and those above it. A module in no package has no dots to follow.
func folderOf(file string, dots int) (folder string, ok bool) {
	if dots == 0 {
		return ".", true
	}
	for folder = path.Dir(file); dots > 1 && folder != "."; dots-- {
		folder = path.Dir(folder)
	}
	return folder, folder != "."
}

// resolve walks down a name as Python does: a package before a module of its name, and
// that before a folder that only has others in it.
func (s *search) resolve(folder string, i Import) {
	var parts []string
	if i.Module != "" {
		parts = strings.Split(i.Module, ".")
	}
	for _, part := range parts {
		next := path.Join(folder, part)
		switch {
		case s.take(path.Join(next, "__init__.py")), !s.take(next+".py") && s.isFolder(next):
			folder = next
		default:
			return // a module, which has no others in it, or not here
		}
	}
	for _, name := range i.Names {
		if !s.take(path.Join(folder, name, "__init__.py")) {
			s.take(path.Join(folder, name+".py"))
		}
	}
}

// take notes a file if it is there.
func (s *search) take(file string) bool {
	if s.seen[file] {
		return true
	}
	info, err := fs.Stat(s.fsys, file)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	s.seen[file] = true
	s.found, s.todo = append(s.found, file), append(s.todo, file)
	return true
}

func (s *search) isFolder(name string) bool {
	info, err := fs.Stat(s.fsys, name)
	return err == nil && info.IsDir()
}
