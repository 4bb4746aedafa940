// Package pyimport finds which files beside a Python program its import statements lead
// to. No Python is asked: whoever deploys a locustfile may have none. It reads statements
// only; what a program imports by computed names, or by a package's __all__, is not found.
package pyimport

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Import is what one statement asks for.
type Import struct {
	// Dots count those before the module's name: `from ..lib import x` has two.
	Dots int
	// Module is a name with its dots, empty in `from . import x`.
	Module string
	// Names are what `from` takes out of the module, any of which may be a module itself.
	Names []string
}

// Scan lists the import statements of a source in their order, wherever they stand:
// within functions, too, but not in strings and comments.
func Scan(source []byte) []Import {
	var found []Import
	for _, statement := range statements(source) {
		found = append(found, parse(statement)...)
	}
	return found
}

// parse reads one statement's tokens.
func parse(tokens []string) []Import {
	if len(tokens) == 0 {
		return nil
	}
	switch tokens[0] {
	case "import":
		return plain(tokens[1:])
	case "from":
		return from(tokens[1:])
	}
	return nil
}

// plain reads `a.b as c, d`.
func plain(tokens []string) []Import {
	var found []Import
	for _, part := range split(tokens) {
		if module, rest := dotted(part); module != "" && (len(rest) == 0 || rest[0] == "as") {
			found = append(found, Import{Module: module})
		}
	}
	return found
}

// from reads `..a.b import (c as d, e)`.
func from(tokens []string) []Import {
	dots := 0
	for dots < len(tokens) && tokens[dots] == "." {
		dots++
	}
	module, rest := dotted(tokens[dots:])
	if len(rest) == 0 || rest[0] != "import" || module == "" && dots == 0 {
		return nil
	}
	i := Import{Dots: dots, Module: module}
	for _, part := range split(rest[1:]) {
		if len(part) > 0 && isName(part[0]) {
			i.Names = append(i.Names, part[0])
		}
	}
	return []Import{i}
}

// dotted takes a module's name off the front.
func dotted(tokens []string) (module string, rest []string) {
	for i := 0; i < len(tokens) && isName(tokens[i]) && tokens[i] != "import"; i += 2 {
		if module, rest = join(module, tokens[i]), tokens[i+1:]; len(rest) == 0 || rest[0] != "." {
			return module, rest
		}
	}
	return "", tokens
}

func join(module, name string) string {
	if module == "" {
		return name
	}
	return module + "." + name
}

// split cuts at commas; brackets around the whole say nothing.
func split(tokens []string) (parts [][]string) {
	var part []string
	for _, t := range tokens {
		switch t {
		case "(", ")":
		case ",":
			parts, part = append(parts, part), nil
		default:
			part = append(part, t)
		}
	}
	return append(parts, part)
}

func isName(token string) bool {
	r, _ := utf8.DecodeRuneInString(token)
	return r == '_' || unicode.IsLetter(r)
}

// statements are the tokens of each statement: names, and single characters. A colon
// ends one, too, as in `try: import x`.
func statements(source []byte) [][]string {
	l := lexer{text: string(source), lineStart: true}
	for l.next() {
	}
	l.end()
	return l.statements
}

// lexer knows as little of Python as it takes to tell statements from the rest.
type lexer struct {
	text       string
	statements [][]string
	current    []string
	// depth counts brackets that are open, in which a line's end means nothing.
	depth int
	// lineStart says that nothing but blanks has come since the line began.
	lineStart bool
}

func (l *lexer) end() {
	if len(l.current) > 0 {
		l.statements = append(l.statements, l.current)
	}
	l.current, l.depth = nil, 0
}

// next takes one token; false means that there is none.
func (l *lexer) next() bool {
	r, size := utf8.DecodeRuneInString(l.text)
	switch {
	case size == 0:
		return false
	case r == '#':
		l.text = l.text[len(line(l.text)):]
	case r == '\\' && len(l.text) > 1:
		l.continued()
	case r == '\n' || r == '\r':
		l.newline()
	case r == '"' || r == '\'':
		l.text = l.text[stringEnd(l.text):]
		l.add("string", false)
	case unicode.IsSpace(r) || r == '\uFEFF':
		l.text = l.text[size:]
	case r == '_' || unicode.IsLetter(r):
		l.name()
	default:
		l.text = l.text[size:]
		l.mark(string(r))
	}
	return true
}

// line is a text up to its first line's end.
func line(text string) string {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return text[:i]
	}
	return text
}

// continued skips a backslash and the line's end after it.
func (l *lexer) continued() {
	l.text = strings.TrimPrefix(strings.TrimPrefix(l.text[1:], "\r"), "\n")
}

func (l *lexer) newline() {
	l.text, l.lineStart = l.text[1:], true
	if l.depth == 0 {
		l.end()
	}
}

func (l *lexer) name() {
	end := strings.IndexFunc(l.text, func(r rune) bool { return r != '_' && !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) })
	if end < 0 {
		end = len(l.text)
	}
	word := l.text[:end]
	l.text = l.text[end:]
	// Neither word begins a line within brackets: a bracket was miscounted.
	l.add(word, l.lineStart && (word == "import" || word == "from"))
}

// add takes a token, which may be the first of a statement.
func (l *lexer) add(token string, first bool) {
	if first {
		l.end()
	}
	l.current, l.lineStart = append(l.current, token), false
}

func (l *lexer) mark(r string) {
	switch {
	case strings.Contains("([{", r):
		l.add(r, false)
		l.depth++
	case strings.Contains(")]}", r):
		l.add(r, false)
		l.depth = max(0, l.depth-1)
	case l.depth == 0 && (r == ";" || r == ":"):
		l.end()
		l.lineStart = false
	default:
		l.add(r, false)
	}
}

// stringEnd is where the string that a text begins with ends: one without its closing
// quotes at the line's end, or, with three of them, at the text's.
func stringEnd(text string) int {
	quote := text[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text, triple) {
		quote = triple
	}
	for i := len(quote); i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], quote):
			return i + len(quote)
		case len(quote) == 1 && text[i] == '\n':
			return i
		}
	}
	return len(text)
}
