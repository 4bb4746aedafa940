package experiment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// The bounds on a document. YAML aliases can make a small file stand for a huge one, so the
// nodes visited are counted, not the bytes read.
const (
	maxBytes = 1 << 20
	maxNodes = 200_000
	maxDepth = 64
)

// decodeStrict fills out from one YAML document. Unknown fields, duplicate keys,
// wrong types and further documents are noted in the returned document, all of
// them; the fields that were fine are filled.
func decodeStrict(file string, data []byte, out any) *document {
	doc := newDocument(file)
	if len(data) > maxBytes {
		doc.addf("", "is %d bytes, at most %d are read", len(data), maxBytes)
		return doc
	}
	root, err := parseOne(data)
	switch {
	case errors.As(err, new(notReadable)):
		doc.problems = append(doc.problems, syntaxProblem(data, err))
		return doc
	case err != nil:
		doc.addf("", "%v", err)
		return doc
	}
	d := decoder{document: doc, budget: maxNodes, root: reflect.TypeOf(out).Elem()}
	d.value(root, reflect.ValueOf(out).Elem(), "", 0)
	return doc
}

// notReadable is the parser's complaint about a document.
type notReadable struct{ error }

// parseOne returns the top node of the only document in data.
func parseOne(data []byte) (*yaml.Node, error) {
	first, n, err := readDocuments(bytes.NewReader(data))
	switch {
	case err != nil:
		return nil, notReadable{err}
	case n > 1:
		return nil, errors.New("holds several documents; give one per file")
	case len(first.Content) != 1:
		return nil, errors.New("is empty; see `swarmgrid help run` for an example")
	}
	return first.Content[0], nil
}

type decoder struct {
	*document
	budget int
	// root is the type of the whole document.
	root reflect.Type
}

// value decodes a node into v, which is addressable.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string, depth int) {
	n, ok := d.enter(n, path, depth)
	if !ok {
		return
	}
	d.stands(path, n.Line)
	if n.Tag == "!!null" {
		return // as if left out
	}
	before := len(d.problems)
	defer func() { d.given[path] = len(d.problems) == before }()
	switch target := v.Addr().Interface().(type) {
	case *metav1.Duration:
		d.duration(n, target, path)
		return
	case *v1alpha1.Window:
		d.window(n, target, path)
		return
	case *v1alpha1.Statuses:
		d.statuses(n, target, path, depth)
		return
	case *v1alpha1.Users:
		d.users(n, target, path, depth)
		return
	case *v1alpha1.Bound:
		d.boundText(n, target, path)
		return
	case *runtime.RawExtension:
		target.Raw = d.json(n, path, depth)
		return
	case json.Unmarshaler:
		if err := target.UnmarshalJSON(d.json(n, path, depth)); err != nil {
			d.addf(path, "%v", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path, depth)
	case reflect.Struct:
		d.object(n, v, path, depth)
	case reflect.Map:
		d.mapping(n, v, path, depth)
	case reflect.Slice:
		d.list(n, v, path, depth)
	default:
		d.scalar(n, v, path)
	}
}

// enter follows aliases and charges the budget; false means stop here.
func (d *decoder) enter(n *yaml.Node, path string, depth int) (*yaml.Node, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.budget--
	if d.budget == 0 {
		d.addf(path, "expands to more than %d values", maxNodes)
	}
	if depth == maxDepth {
		d.addf(path, "is nested more than %d levels deep", maxDepth)
	}
	ok := d.budget > 0 && depth < maxDepth
	d.exhausted = d.exhausted || !ok
	return n, ok
}

// fields calls f for each key of a mapping node, once per key.
func (d *decoder) fields(n *yaml.Node, path string, f func(key string, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.addf(path, "is %s, must be a mapping of fields", describe(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := child(path, key.Value)
		d.stands(at, key.Line)
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			d.addf(path, "has the key %s on line %d, must be a plain name", describe(key), key.Line)
		case seen[key.Value]:
			d.problems = append(d.problems, Problem{Path: at, Source: Source{Line: key.Line}, Message: "is given twice"})
		default:
			seen[key.Value] = true
			f(key.Value, n.Content[i+1])
		}
	}
}

func (d *decoder) object(n *yaml.Node, v reflect.Value, path string, depth int) {
	known := jsonFields(v)
	d.fields(n, path, func(key string, value *yaml.Node) {
		field, ok := known[key]
		if !ok {
			d.unknown(path, key, jsonFieldNames(v))
			return
		}
		d.value(value, field, child(path, key), depth+1)
	})
}

// unknown notes a field that is not one of those known at path. If it is merely indented
// wrongly, the message says where it belongs.
func (d *decoder) unknown(path, key string, names []string) {
	hint := didYouMean(key, names)
	if home := homeOf(d.root, key); home != "" {
		hint = fmt.Sprintf(" (%s is a field of %s: is it indented as far as that one's fields?)", key, home)
	}
	d.addf(child(path, key), "unknown field%s; known here: %s", hint, strings.Join(names, ", "))
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	d.fields(n, path, func(key string, value *yaml.Node) {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(value, elem, child(path, key), depth+1)
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	})
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string, depth int) {
	if n.Kind != yaml.SequenceNode {
		d.addf(path, "is %s, must be a list", describe(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, min(len(n.Content), 1024))
	for i, item := range n.Content {
		elem, at := reflect.New(v.Type().Elem()).Elem(), fmt.Sprintf("%s[%d]", path, i)
		d.value(item, elem, at, depth+1)
		if item.Tag == "!!null" {
			d.addf(at, "is null, must be a value: a place in a list cannot be left out")
		}
		out = reflect.Append(out, elem)
		if d.budget <= 0 {
			break
		}
	}
	v.Set(out)
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
			d.addf(path, "is %s, must be a string (put it in quotes)", describe(n))
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		if err := n.Decode(v.Addr().Interface()); err != nil || n.Tag != "!!bool" {
			d.addf(path, "is %s, must be true or false", describe(n))
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
		if n.Tag != "!!int" || err != nil {
			d.addf(path, "is %s, must be a whole number of at most %d", describe(n), uint64(1)<<(v.Type().Bits()-1)-1)
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if n.Tag != "!!int" && n.Tag != "!!float" || err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			d.addf(path, "is %s, must be a number", describe(n))
			return
		}
		v.SetFloat(f)
	default:
		d.addf(path, "cannot be set in a file")
	}
}

func (d *decoder) duration(n *yaml.Node, out *metav1.Duration, path string) {
	decodeTime(d, n, &out.Duration, path, "", ParseDuration)
}

func (d *decoder) window(n *yaml.Node, out *v1alpha1.Window, path string) {
	decodeTime(d, n, out, path, ", or auto", parseWindow)
}

// decodeTime reads a scalar; or says what may stand there instead of a duration.
func decodeTime[T any](d *decoder, n *yaml.Node, out *T, path, or string, parse func(text string, bareSeconds bool) (T, error)) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" && n.Tag != "!!int" && n.Tag != "!!float" {
		d.addf(path, "is %s, must be a duration with a unit, as in 120s or 2m%s", describe(n), or)
		return
	}
	v, err := parse(n.Value, false)
	if err != nil {
		d.addf(path, "%v", err)
	}
	*out = v
}

// statuses takes a list, or a single status.
func (d *decoder) statuses(n *yaml.Node, out *v1alpha1.Statuses, path string, depth int) {
	switch n.Kind {
	case yaml.SequenceNode:
		d.list(n, reflect.ValueOf(out).Elem(), path, depth)
	case yaml.ScalarNode:
		var one int
		d.scalar(n, reflect.ValueOf(&one).Elem(), path)
		*out = v1alpha1.Statuses{one}
	default:
		d.addf(path, "is %s, must be a status or a list of them, as in [200, 201]", describe(n))
	}
}

// boundText takes a bound as it is written: a number needs no quotes.
func (d *decoder) boundText(n *yaml.Node, out *v1alpha1.Bound, path string) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" && n.Tag != "!!int" && n.Tag != "!!float" {
		d.addf(path, "is %s, must be a number with its unit, as in 800ms, 1%% or 100", describe(n))
		return
	}
	*out = v1alpha1.Bound(n.Value)
}

// jsonNumber is a number in JSON, which has fewer forms of them than YAML.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// json renders a free-form node as JSON, keys in the order given.
func (d *decoder) json(n *yaml.Node, path string, depth int) []byte {
	n, ok := d.enter(n, path, depth)
	if !ok {
		return []byte("null")
	}
	switch n.Kind {
	case yaml.MappingNode:
		var parts [][]byte
		d.fields(n, path, func(key string, value *yaml.Node) {
			parts = append(parts, append(append(quote(key), ':'), d.json(value, child(path, key), depth+1)...))
		})
		return wrap('{', parts, '}')
	case yaml.SequenceNode:
		var parts [][]byte
		for i, item := range n.Content {
			parts = append(parts, d.json(item, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
		return wrap('[', parts, ']')
	}
	return d.jsonScalar(n, path)
}

func (d *decoder) jsonScalar(n *yaml.Node, path string) []byte {
	switch n.Tag {
	case "!!null":
		return []byte("null")
	case "!!int", "!!float":
		if jsonNumber.MatchString(n.Value) {
			return []byte(n.Value)
		}
		d.addf(path, "%s is not a number in JSON; put it in quotes to send a string", n.Value)
		return []byte("null")
	case "!!bool":
		return []byte(strings.ToLower(n.Value))
	}
	return quote(n.Value)
}

func quote(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return bytes.TrimRight(b.Bytes(), "\n")
}

func wrap(open byte, parts [][]byte, end byte) []byte {
	return append(append([]byte{open}, bytes.Join(parts, []byte{','})...), end)
}

// jsonFields maps a struct's JSON names to its fields, inlined structs included.
func jsonFields(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	eachJSONField(v, func(name string, f reflect.Value) { fields[name] = f })
	return fields
}

func jsonFieldNames(v reflect.Value) []string {
	var names []string
	eachJSONField(v, func(name string, _ reflect.Value) { names = append(names, name) })
	return names
}

func eachJSONField(v reflect.Value, f func(name string, field reflect.Value)) {
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "" && strings.Contains(options, "inline") {
			eachJSONField(v.Field(i), f)
		} else if name != "" && name != "-" {
			f(name, v.Field(i))
		}
	}
}

// describe names a node's value and type for a message, cut to a readable length.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	value := n.Value
	if r := []rune(value); len(r) > 40 {
		value = string(r[:40]) + "…"
	}
	switch n.Tag {
	case "!!str":
		return "the string " + strconv.Quote(value)
	case "!!int", "!!float":
		return "the number " + value
	case "!!bool":
		return "the boolean " + value
	}
	return value
}
