package spec

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a document.
type Problem struct {
	// Path is the field, as "spec.matrix.replicas[1]".
	Path string
	// Line is its line in the file; 0 when the value is not from the file.
	Line int
	// Origin is the flag or environment variable that set the value, if any did.
	Origin string
	// Message gives the bad value and what is allowed.
	Message string
}

func (p Problem) String() string {
	where := p.Path
	switch {
	case p.Origin != "":
		where += " (" + p.Origin + ")"
	case p.Line > 0:
		where += fmt.Sprintf(" (line %d)", p.Line)
	}
	return strings.TrimPrefix(where+": "+p.Message, ": ")
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

// document is a decoded file's bookkeeping: where each field stood and what is wrong with it.
type document struct {
	file    string
	lines   map[string]int
	origins map[string]string
	// given are the fields that have a value, zeros too; null is none.
	given    map[string]bool
	problems []Problem
	// exhausted says that decoding stopped at a bound.
	exhausted bool
}

func newDocument(file string) *document {
	return &document{file: file, lines: map[string]int{}, origins: map[string]string{}, given: map[string]bool{}}
}

// addf notes a problem of the field at path.
func (d *document) addf(path, format string, args ...any) {
	p := Problem{Path: path, Message: fmt.Sprintf(format, args...)}
	// A flag replaces the file's whole value, whatever lines its parts had.
	if p.Origin = nearest(d.origins, path); p.Origin == "" {
		p.Line = nearest(d.lines, path)
	}
	d.problems = append(d.problems, p)
}

// nearest is what is known of a field, or else of the closest one around it.
func nearest[T comparable](known map[string]T, path string) T {
	var none T
	for at := path; ; at = parent(at) {
		if v := known[at]; v != none || at == "" {
			return v
		}
	}
}

// err is all problems so far in the order of their lines, or nil.
func (d *document) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	return &Error{File: d.file, Problems: d.problems}
}

// sound tells whether the document decoded far enough for its values to be worth
// judging: a broken or oversized one only needs to be told so.
func (d *document) sound() bool {
	if len(d.problems) == 0 && d.lines["spec"] == 0 {
		d.addf("spec", "is missing")
	}
	return d.lines["spec"] > 0 && !d.exhausted
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
