package experiment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

const (
	// maxReread bounds, in bytes, the search for the place of a mistake: it reads the
	// document's beginning again and again.
	maxReread    = 16 << 20
	maxLineShown = 100
)

// syntaxProblem says why a document cannot be read, and where. The parser names the line at
// which the part that it was reading begins, which may be far above the mistake. So the
// place is searched for: it is the end of the shortest prefix of the document that cannot be
// read, and beyond which no prefix can.
func syntaxProblem(data []byte, err error) Problem {
	lines := bytes.SplitAfter(data, []byte{'\n'})
	n := readLines(data, len(lines))
	for read := 0; n > 1 && read < maxReread && unreadable(bytes.Join(lines[:n-1], nil)); read += len(data) {
		n--
	}
	before, line := bytes.Join(lines[:n-1], nil), bytes.TrimRight(lines[n-1], "\r\n")
	at := mistake(before, line)
	return Problem{
		Source: Source{Line: n}, Message: syntaxMessage(strings.TrimPrefix(err.Error(), "yaml: "), before, line, at),
		Excerpt: excerpt(n, line, at),
	}
}

// readLines is how many lines the parser has read of a document when it gives up.
func readLines(data []byte, all int) int {
	r := &oneByOne{data: data}
	if _, _, err := readDocuments(r); err == nil {
		return all
	}
	return min(1+bytes.Count(data[:r.read], []byte{'\n'}), all)
}

// oneByOne hands out a byte at a time, so that it is known how far a reader came.
type oneByOne struct {
	data []byte
	read int
}

func (r *oneByOne) Read(p []byte) (int, error) {
	if r.read == len(r.data) {
		return 0, io.EOF
	}
	n := copy(p[:min(1, len(p))], r.data[r.read:])
	r.read += n
	return n, nil
}

func unreadable(data []byte) bool {
	_, _, err := readDocuments(bytes.NewReader(data))
	return err != nil
}

// readDocuments counts the documents and returns the first, or why it cannot be read.
func readDocuments(r io.Reader) (first yaml.Node, n int, err error) {
	defer recoverYAML(&err)
	for dec := yaml.NewDecoder(r); ; n++ {
		var node yaml.Node
		switch err := dec.Decode(&node); {
		case errors.Is(err, io.EOF):
			return first, n, nil
		case err != nil:
			return first, n, err
		case n == 0:
			first = node
		}
	}
}

// recoverYAML turns a panic of the parser, which is how it reports some malformed input,
// into an error: to a user that is a bad file.
func recoverYAML(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("not YAML: %v", r)
	}
}

// mistake is where in the line the mistake is, as a byte index. A tab in the indentation is
// one, whatever comes after it.
func mistake(before, line []byte) int {
	indent := len(line) - len(bytes.TrimLeft(line, " \t"))
	if tab := bytes.IndexByte(line[:indent], '\t'); tab >= 0 {
		return tab
	}
	at, upTo := len(line), slices.Concat(before, line)
	for read := 0; at > indent+1 && unreadable(upTo[:len(before)+at-1]); read += len(upTo) {
		if read > maxReread {
			return indent
		}
		at--
	}
	return max(at-1, 0)
}

var unclosed = regexp.MustCompile(`did not find expected ',' or '[\]}]'`)

// syntaxMessage says in our words what the parser found at a place in a line.
func syntaxMessage(found string, before, line []byte, at int) string {
	found = regexp.MustCompile(`^line [0-9]+: `).ReplaceAllString(found, "")
	switch {
	case at < len(line) && line[at] == '\t':
		return "a tab; YAML indents with spaces"
	case strings.Contains(found, "cannot start any token"):
		return fmt.Sprintf("a value cannot begin with %c; put it in quotes", line[min(at, len(line)-1)])
	case strings.Contains(found, "did not find expected key"), strings.Contains(found, "did not find expected '-'"):
		if strings.TrimSpace(string(line[:min(at, len(line))])) != "" {
			return "something follows a value that has ended; put all of it in quotes if it is one value"
		}
		return "does not fit what stands above it: the fields of one mapping, and the items of one list, begin in the same column"
	case strings.Contains(found, "mapping values are not allowed"):
		if above := tooDeep(before, line, at); above > 0 {
			return fmt.Sprintf("begins deeper than line %d, whose field has a value already: the fields of one mapping begin in the same column", above)
		}
		return "a field cannot begin here: a value with \": \" in it needs quotes, and a field above its colon"
	case strings.Contains(found, "could not find expected ':'"):
		return "lacks a colon after the field's name"
	case strings.Contains(found, "found unexpected end of stream"):
		return "a quote is opened and not closed"
	case unclosed.MatchString(found):
		if value := unquoted(line[min(at, len(line)):]); value != "" {
			return fmt.Sprintf("between braces or brackets this needs quotes: '%s'", value)
		}
		return "what is opened here is not closed, or lacks a comma"
	}
	return found
}

// excerpt is a line with a mark below a place of it. A tab shows as an arrow, and what
// cannot be printed as a dot.
func excerpt(n int, line []byte, at int) string {
	shown := []rune(strings.Map(visible, string(line)))
	column := min(len([]rune(string(line[:min(at, len(line))]))), len(shown))
	if cut := column - maxLineShown/2; cut > 0 && len(shown) > maxLineShown {
		shown, column = append([]rune{'…'}, shown[cut:]...), column-cut+1
	}
	if len(shown) > maxLineShown {
		shown = append(shown[:maxLineShown-1], '…')
	}
	number := fmt.Sprintf("%5d", n)
	return fmt.Sprintf("%s | %s\n%s | %s^", number, string(shown), strings.Repeat(" ", len(number)), strings.Repeat(" ", column))
}

func visible(r rune) rune {
	switch {
	case r == '\t':
		return '→'
	case r == unicode.ReplacementChar || !unicode.IsPrint(r):
		return '·'
	}
	return r
}
