package template

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Parse compiles text. Its error quotes the call at fault and says what is allowed.
func Parse(s string) (*Template, error) {
	p := parser{}
	nodes, err := p.parse(s)
	if err != nil {
		return nil, err
	}
	b := builder{}
	for _, n := range nodes {
		b.add(n)
	}
	return b.checked()
}

// braces, quoted as a call, stand for themselves.
const braces = "{{"

// Escape writes text so that a template of it is that text, whatever braces are in it.
func Escape(text string) string { return strings.ReplaceAll(text, braces, `{{"{{"}}`) }

// parser is the mode that a string is compiled in.
type parser struct {
	// json escapes everything for the inside of a JSON string.
	json  bool
	depth int
}

// parse returns the pieces of s, literals not joined.
func (p parser) parse(s string) ([]node, error) {
	var nodes []node
	for {
		text, rest, found := strings.Cut(s, "{{")
		if err := p.check(text); err != nil {
			return nil, err
		}
		nodes = append(nodes, p.literal(text))
		if !found {
			return nodes, nil
		}
		n, after, err := p.call(rest)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		s = after
	}
}

// check refuses what would not be sent as it is written; only a quoted argument can hold it.
func (p parser) check(text string) error {
	if p.json && !utf8.ValidString(text) {
		return fmt.Errorf("string %q is not UTF-8, which JSON must be", abridge(text))
	}
	return nil
}

func (p parser) literal(text string) literal {
	if p.json {
		return literal(appendEscaped(nil, text))
	}
	return literal(text)
}

// call parses what follows "{{" and returns what follows its "}}".
func (p parser) call(s string) (node, string, error) {
	words, after, err := split(s)
	if err != nil {
		return nil, "", err
	}
	if len(words) == 0 {
		return nil, "", fmt.Errorf("template {{}} is empty; %s", known)
	}
	n, err := p.build(words[0], words[1:])
	if err != nil {
		return nil, "", fmt.Errorf("template {{%s}}: %w", strings.TrimSpace(s[:len(s)-len(after)-2]), err)
	}
	return n, after, nil
}

const known = `allowed are seq, uuid, now "format", int LO HI, float LO HI, env "NAME", repeat N "…", "{{"`

func (p parser) build(name word, args []word) (node, error) {
	switch {
	case name.quoted && name.text == braces:
		return literal(braces), count(args, 0)
	case name.quoted:
		return nil, fmt.Errorf("%q is not a call; %s", name.text, known)
	}
	switch name.text {
	case "seq":
		return seqNode{}, count(args, 0)
	case "uuid":
		return uuidNode{}, count(args, 0)
	case "now":
		return p.now(args)
	case "int":
		return buildInt(args)
	case "float":
		return buildFloat(args)
	case "env":
		return p.env(args)
	case "repeat":
		return p.repeat(args)
	}
	return nil, fmt.Errorf("unknown call %q; %s", name.text, known)
}

func count(args []word, want int) error {
	if len(args) != want {
		return fmt.Errorf("%d arguments, want %d", len(args), want)
	}
	return nil
}

func (p parser) now(args []word) (node, error) {
	if err := count(args, 1); err != nil {
		return nil, err
	}
	layout, err := args[0].str()
	if err != nil {
		return nil, err
	}
	if err := p.check(layout); err != nil {
		return nil, err
	}
	switch layout {
	case formatRFC3339:
		return nowNode{layout: time.RFC3339}, nil
	case formatUnix:
		return epochNode{per: time.Second}, nil
	case formatUnixMS:
		return epochNode{per: time.Millisecond}, nil
	}
	// A moment of which no field equals the layout's reference time.
	probe := time.Date(1998, 11, 23, 22, 33, 44, 555_666_777, time.UTC)
	if probe.Format(layout) == layout {
		return nil, fmt.Errorf("format %q shows no time; write rfc3339, unix, unixms or a Go layout such as %q", layout, time.DateTime)
	}
	return nowNode{layout: layout, json: p.json}, nil
}

func buildInt(args []word) (node, error) {
	if err := count(args, 2); err != nil {
		return nil, err
	}
	lo, err := args[0].integer()
	if err != nil {
		return nil, err
	}
	hi, err := args[1].integer()
	if err != nil {
		return nil, err
	}
	if lo > hi {
		return nil, fmt.Errorf("lower bound %d is above the upper bound %d", lo, hi)
	}
	return intNode{lo: lo, span: uint64(hi) - uint64(lo)}, nil
}

func buildFloat(args []word) (node, error) {
	if err := count(args, 2); err != nil {
		return nil, err
	}
	lo, err := args[0].number()
	if err != nil {
		return nil, err
	}
	hi, err := args[1].number()
	if err != nil {
		return nil, err
	}
	if lo > hi {
		return nil, fmt.Errorf("lower bound %v is above the upper bound %v", lo, hi)
	}
	return floatOrFixed(lo, hi), nil
}

// floatOrFixed takes millionths where at least a thousand of them fit into the
// range and the bounds stay far from an int64's.
func floatOrFixed(lo, hi float64) node {
	const most = 1e12
	if lo < -most || hi > most || hi-lo < 1000.0/perUnit {
		return floatNode{lo: lo, hi: hi}
	}
	from, to := int64(math.Ceil(lo*perUnit)), int64(math.Floor(hi*perUnit))
	return fixedNode{intNode{lo: from, span: uint64(to - from)}}
}

func (p parser) env(args []word) (node, error) {
	if err := count(args, 1); err != nil {
		return nil, err
	}
	name, err := args[0].str()
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fmt.Errorf("the variable's name is empty")
	}
	return envNode{name: name, json: p.json}, nil
}

// repeat compiles its element as text; a JSON list is made by parser.value.
func (p parser) repeat(args []word) (node, error) {
	n, element, err := repeatArgs(args)
	if err != nil {
		return nil, err
	}
	p.depth++
	if p.depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	nodes, err := p.parse(element)
	if err != nil {
		return nil, err
	}
	return newRepeat(n, false, nodes)
}

func newRepeat(n int, list bool, nodes []node) (node, error) {
	b := builder{}
	for _, inner := range nodes {
		b.add(inner)
	}
	inner, err := b.checked()
	if err != nil {
		return nil, err
	}
	return repeatNode{n: n, list: list, inner: inner}, nil
}

func repeatArgs(args []word) (int, string, error) {
	if err := count(args, 2); err != nil {
		return 0, "", err
	}
	n, err := args[0].integer()
	if err != nil {
		return 0, "", err
	}
	if n < 1 || n > MaxRepeat {
		return 0, "", fmt.Errorf("count %d is not in 1..%d", n, MaxRepeat)
	}
	element, err := args[1].str()
	return int(n), element, err
}

// word is one argument: a bare number or name, or a quoted string.
type word struct {
	text   string
	quoted bool
}

func (w word) str() (string, error) {
	if !w.quoted {
		return "", fmt.Errorf("argument %s must be in quotes", w.text)
	}
	return w.text, nil
}

func (w word) integer() (int64, error) {
	n, err := strconv.ParseInt(w.text, 10, 64)
	if err != nil || w.quoted {
		return 0, fmt.Errorf("argument %q is not a whole number", w.text)
	}
	return n, nil
}

func (w word) number() (float64, error) {
	f, err := strconv.ParseFloat(w.text, 64)
	if err != nil || w.quoted || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, fmt.Errorf("argument %q is not a number", w.text)
	}
	return f, nil
}

// split cuts what follows "{{" into words up to "}}" and returns the rest.
func split(s string) (words []word, after string, err error) {
	rest := s
	for {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if after, ok := strings.CutPrefix(rest, "}}"); ok {
			return words, after, nil
		}
		if rest == "" {
			return nil, "", fmt.Errorf("template {{%s: missing }}", abridge(s))
		}
		w, tail, err := nextWord(rest)
		if err != nil {
			return nil, "", fmt.Errorf("template {{%s: %w", abridge(s), err)
		}
		words, rest = append(words, w), tail
	}
}

// nextWord reads one word at the start of s, which is neither empty nor space.
func nextWord(s string) (word, string, error) {
	if s[0] == '"' || s[0] == '`' {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return word{}, "", fmt.Errorf("unterminated or malformed string %s", abridge(s))
		}
		text, err := strconv.Unquote(quoted)
		return word{text: text, quoted: true}, s[len(quoted):], err
	}
	end := strings.IndexAny(s, " \t\r\n\"`}")
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return word{}, "", fmt.Errorf("unexpected %s", abridge(s))
	}
	return word{text: s[:end]}, s[end:], nil
}

// abridge keeps error messages short.
func abridge(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
