package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ParseJSON compiles a JSON document: each of its strings, keys included, is a
// template whose output is escaped. A string value that is exactly one number
// call (seq, int, float, now of unix or unixms) becomes a number, and one that
// is exactly one repeat becomes a list. Key order is kept, white space is not.
func ParseJSON(raw []byte) (*Template, error) {
	d := document{dec: json.NewDecoder(bytes.NewReader(raw))}
	d.dec.UseNumber()
	if err := d.value(); err != nil {
		return nil, err
	}
	if _, err := d.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("json: more after the document")
	}
	return d.out.checked()
}

// document walks a JSON document's tokens and builds the template on the way.
type document struct {
	dec   *json.Decoder
	out   builder
	depth int
}

// maxNesting bounds the recursion into a document.
const maxNesting = 1000

func (d *document) value() error {
	token, err := d.next()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case json.Delim:
		return d.nested(v)
	case string:
		return d.str(v)
	case json.Number:
		d.out.text(v.String())
	case bool:
		d.out.text(fmt.Sprint(v))
	case nil:
		d.out.text("null")
	}
	return nil
}

func (d *document) next() (json.Token, error) {
	token, err := d.dec.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("json: %w", err)
	}
	return token, nil
}

func (d *document) nested(open json.Delim) error {
	d.depth++
	defer func() { d.depth-- }()
	if d.depth > maxNesting {
		return fmt.Errorf("json: nested more than %d deep", maxNesting)
	}
	d.out.text(open.String())
	for first := true; d.dec.More(); first = false {
		if !first {
			d.out.text(",")
		}
		if open == '{' {
			if err := d.key(); err != nil {
				return err
			}
		}
		if err := d.value(); err != nil {
			return err
		}
	}
	closing, err := d.next()
	if err == nil {
		d.out.text(closing.(json.Delim).String())
	}
	return err
}

func (d *document) key() error {
	token, err := d.next()
	if err != nil {
		return err
	}
	nodes, err := parser{json: true}.parse(token.(string))
	if err != nil {
		return err
	}
	d.quoted(nodes)
	d.out.text(":")
	return nil
}

func (d *document) quoted(nodes []node) {
	d.out.text(`"`)
	for _, n := range nodes {
		d.out.add(n)
	}
	d.out.text(`"`)
}

func (d *document) str(s string) error {
	nodes, err := parser{json: true}.value(s)
	for _, n := range nodes {
		d.out.add(n)
	}
	return err
}

// value compiles a JSON string value to a number, a list or a string in quotes.
func (p parser) value(s string) ([]node, error) {
	list, isList, err := p.list(s)
	if err != nil || isList {
		return []node{list}, err
	}
	nodes, err := p.parse(s)
	if err != nil {
		return nil, err
	}
	if n := only(nodes); n != nil && isNumber(n) {
		return []node{n}, nil
	}
	nodes = append([]node{literal(`"`)}, nodes...)
	return append(nodes, literal(`"`)), nil
}

// list compiles s if it is exactly one repeat: its element is a value again.
func (p parser) list(s string) (node, bool, error) {
	rest, ok := bytes.CutPrefix([]byte(s), []byte("{{"))
	if !ok {
		return nil, false, nil
	}
	words, after, err := split(string(rest))
	if err != nil || after != "" || len(words) == 0 || words[0] != (word{text: "repeat"}) {
		return nil, false, err
	}
	n, element, err := repeatArgs(words[1:])
	if err != nil {
		return nil, false, fmt.Errorf("template %s: %w", abridge(s), err)
	}
	p.depth++
	if p.depth > maxDepth {
		return nil, false, fmt.Errorf("template %s: nested more than %d deep", abridge(s), maxDepth)
	}
	nodes, err := p.value(element)
	if err != nil {
		return nil, false, err
	}
	list, err := newRepeat(n, true, nodes)
	return list, true, err
}

// only returns the single node that is not an empty literal, or nil.
func only(nodes []node) node {
	var found node
	for _, n := range nodes {
		if n == literal("") {
			continue
		}
		if found != nil {
			return nil
		}
		found = n
	}
	return found
}

func isNumber(n node) bool {
	switch n.(type) {
	case seqNode, intNode, fixedNode, floatNode, epochNode:
		return true
	}
	return false
}

func needsEscape(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// appendEscaped appends s as the inside of a JSON string.
func appendEscaped(dst []byte, s string) []byte {
	for _, r := range s { // an invalid byte comes as U+FFFD
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r < 0x20:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[r>>4], digits[r&0xf])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
