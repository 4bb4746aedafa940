// Package template is the little language of a swarmfile's strings: literal text
// with calls in double braces from a closed set (docs/swarmfile.md). A template
// is compiled once, by Parse for text or ParseJSON for a document, and appended
// to a buffer for each request without allocating.
//
// It is pure: time, randomness and the environment are handed in.
package template

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The bounds of one template, so that a small file cannot ask for endless output.
const (
	// MaxRepeat is the highest count of a repeat.
	MaxRepeat = 10_000
	// MaxSize bounds the output of one template, in bytes.
	MaxSize  = 16 << 20
	maxDepth = 4
)

// Template is a compiled string or JSON document. It is immutable and safe for
// concurrent use.
type Template struct {
	nodes []node
}

// Context is what a template's calls read. It belongs to one user at a time.
type Context struct {
	// Rand feeds int, float and uuid.
	Rand *rand.Rand
	// Sequence feeds seq; nil counts as an empty one.
	Sequence *Sequence
	// Now is the moment that now prints.
	Now time.Time
	// back is how far before Now the present element of a repeat lies.
	back time.Duration
}

// Append appends the template's output for ctx to dst and returns it.
func (t *Template) Append(dst []byte, ctx *Context) []byte {
	for _, n := range t.nodes {
		dst = n.append(dst, ctx)
	}
	return dst
}

// Static returns the output and true when it is the same for every Context.
func (t *Template) Static() (string, bool) {
	switch len(t.nodes) {
	case 0:
		return "", true
	case 1:
		text, ok := t.nodes[0].(literal)
		return string(text), ok
	}
	return "", false
}

// Before returns the template up to the first sep in its literal text; what calls write does not count.
func (t *Template) Before(sep string) *Template {
	for i, n := range t.nodes {
		text, ok := n.(literal)
		if before, _, found := strings.Cut(string(text), sep); ok && found {
			return &Template{nodes: append(slices.Clone(t.nodes[:i]), literal(before))}
		}
	}
	return t
}

// Lookup returns the value of an environment variable, or an error that names it
// and does not show its value.
type Lookup func(name string) (string, error)

// Resolve returns the template with each env call replaced by its value. An error
// of lookup is returned; without env calls it is not called.
func (t *Template) Resolve(lookup Lookup) (*Template, error) {
	var names []string
	var b builder
	for _, n := range t.nodes {
		resolved, err := n.resolve(func(name string) (string, error) {
			names = append(names, name)
			return lookup(name)
		})
		if err != nil {
			return nil, err
		}
		b.add(resolved)
	}
	resolved, err := b.checked()
	if err != nil {
		slices.Sort(names)
		return nil, fmt.Errorf("with the values of %s, %w", strings.Join(slices.Compact(names), ", "), err)
	}
	return resolved, nil
}

// builder collects nodes and joins neighbouring literals. The literal at the end
// grows in a buffer, since joining strings would be quadratic in a big document.
type builder struct {
	nodes []node
	tail  []byte
}

func (b *builder) add(n node) {
	if text, ok := n.(literal); ok {
		b.text(string(text))
		return
	}
	b.flush()
	b.nodes = append(b.nodes, n)
}

func (b *builder) text(s string) { b.tail = append(b.tail, s...) }

func (b *builder) flush() {
	if len(b.tail) > 0 {
		b.nodes = append(b.nodes, literal(b.tail))
		b.tail = nil
	}
}

func (b *builder) template() *Template {
	b.flush()
	return &Template{nodes: b.nodes}
}

func (b *builder) checked() (*Template, error) {
	t := b.template()
	if size := t.size(); size > MaxSize {
		return nil, fmt.Errorf("template may write %d bytes, more than the %d allowed; repeat less", size, MaxSize)
	}
	return t, nil
}

// size is an upper bound of the output's length, saturating far above MaxSize.
func (t *Template) size() int64 {
	var sum int64
	for _, n := range t.nodes {
		sum += n.size()
	}
	return sum
}
