package experiment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Problem is one thing wrong with a document.
type Problem struct {
	// Path is the field, as "spec.matrix.replicas[1]".
	Path string
	// Source is where its value is from.
	Source Source
	// Message gives the bad value and what is allowed.
	Message string
	// Excerpt is the line itself with a mark below the place, for a document that could not be
	// read at all.
	Excerpt string
}

// Source is where a value is from: a line of the document, or else a flag or an
// environment variable. The zero value is a default.
type Source struct {
	Line   int
	Origin string
}

func (s Source) String() string {
	if s.Line > 0 {
		return fmt.Sprintf("line %d", s.Line)
	}
	return s.Origin
}

func (p Problem) String() string {
	text := p.Message
	switch source := p.Source.String(); {
	case p.Path == "" && source == "":
	case p.Path == "":
		text = source + ": " + text
	case source == "":
		text = p.Path + ": " + text
	default:
		text = fmt.Sprintf("%s (%s): %s", p.Path, source, text)
	}
	if p.Excerpt != "" {
		text += "\n" + p.Excerpt
	}
	return text
}

// Error is every problem of a document at once. It is a usage error: exit code 2.
type Error struct {
	// File is the document's name as the user gave it.
	File     string
	Problems []Problem
}

// maxShown bounds the message for a hostile or badly broken document.
const maxShown = 50

// Error lists the problems, one a line, under the file's name.
func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.File + ": " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d problems:", e.File, len(e.Problems))
	for i, p := range e.Problems {
		if i == maxShown {
			fmt.Fprintf(&b, "\n  … and %d more", len(e.Problems)-i)
			break
		}
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// document is a decoded file's bookkeeping: where each field's value is from and what is
// wrong with it.
type document struct {
	file    string
	sources map[string]Source
	// given are the fields that have a value, zeros included, null not.
	given    map[string]bool
	problems []Problem
	// loadHere says that the load's file is relative to the caller's directory.
	loadHere bool
	// unseen says that nobody knows the document's lines.
	unseen bool
	// unplaced says that nothing names the namespace.
	unplaced bool
	// exhausted says that decoding stopped at a bound.
	exhausted bool
}

func newDocument(file string) *document {
	return &document{file: file, sources: map[string]Source{}, given: map[string]bool{}}
}

// addf notes a problem of the field at path.
func (d *document) addf(path, format string, args ...any) {
	d.problems = append(d.problems, Problem{Path: path, Source: d.source(path), Message: fmt.Sprintf(format, args...)})
}

// stands notes the line at which a field stands; the first counts.
func (d *document) stands(path string, line int) {
	if d.sources[path] == (Source{}) {
		d.sources[path] = Source{Line: line}
	}
}

// replaced notes that the whole value of a field is from outside the file. What the file
// says of its parts no longer counts.
func (d *document) replaced(path, origin string) {
	maps.DeleteFunc(d.sources, func(at string, _ Source) bool { return within(at, path) })
	maps.DeleteFunc(d.given, func(at string, _ bool) bool { return at != path && within(at, path) })
	d.sources[path] = Source{Origin: origin}
}

// source is where the value of a field is from, or else that of the closest one around it.
func (d *document) source(path string) Source {
	for at := path; ; at = parent(at) {
		if s := d.sources[at]; s != (Source{}) || at == "" {
			return s
		}
	}
}

// named is a field with the flag that set it, for the problem of another field.
func (d *document) named(name, path string) string {
	if origin := d.sources[path].Origin; origin != "" {
		return fmt.Sprintf("%s (%s)", name, origin)
	}
	return name
}

// err is all problems so far in the order of their lines, or nil.
func (d *document) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Source.Line - b.Source.Line })
	for i := range d.problems {
		if d.unseen {
			d.problems[i].Source.Line = 0
		}
	}
	return &Error{File: d.file, Problems: d.problems}
}

// sound tells whether the document decoded far enough for its values to be worth judging: of
// a broken or oversized one nothing else needs to be said.
func (d *document) sound() bool {
	_, body := d.sources["spec"]
	if len(d.problems) == 0 && !body {
		d.addf("spec", "is missing")
	}
	return body && !d.exhausted
}

// parent is the path one level up: "a.b[1]" → "a.b" → "a" → "".
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// child is the path of a field below path.
func child(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// within tells whether a field is the one at path, or a part of it.
func within(at, path string) bool {
	return at == path || strings.HasPrefix(at, path+".") || strings.HasPrefix(at, path+"[")
}
