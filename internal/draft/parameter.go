package draft

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/template"
)

// parameter is a parameter of an operation, in either version of OpenAPI.
type parameter struct {
	Ref      string `json:"$ref"`
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	schema
	XExample json.RawMessage `json:"x-example"`
	Schema   json.RawMessage `json:"schema"`
}

// schema is where a value may be found.
type schema struct {
	Ref      string            `json:"$ref"`
	Default  json.RawMessage   `json:"default"`
	Example  json.RawMessage   `json:"example"`
	Examples json.RawMessage   `json:"examples"`
	Const    json.RawMessage   `json:"const"`
	Enum     []json.RawMessage `json:"enum"`
}

// fill adds a required parameter.
func (d *openAPI) fill(f *filling, raw json.RawMessage) error {
	p, ok := d.parameter(raw)
	if !ok {
		return errors.New("one of its parameters is not understood")
	}
	if !p.Required && p.In != "path" {
		return nil
	}
	value, ok := d.value(p)
	name := shorten(p.Name, 40)
	switch {
	case p.In == "cookie":
		return fmt.Errorf("needs the cookie %q", name)
	case !ok:
		return fmt.Errorf("its %q has no example and no default", name)
	case p.In == "path":
		if f.filled == nil {
			f.filled = map[string]string{}
		}
		f.filled[p.Name] = value
	case p.In == "query":
		f.query = append(f.query, url.QueryEscape(p.Name)+"="+url.QueryEscape(value))
	case p.In == "header":
		return f.header(p.Name, value)
	default:
		return fmt.Errorf("its %q is in %q, which is not understood", name, shorten(p.In, 40))
	}
	return nil
}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (f *filling) header(name, value string) error {
	again := slices.ContainsFunc(f.headers, func(h Header) bool { return http.CanonicalHeaderKey(h.Name) == http.CanonicalHeaderKey(name) })
	rule := template.Header
	switch http.CanonicalHeaderKey(name) {
	case "Host":
		rule = template.Host
	case "Content-Length", "Transfer-Encoding", "Trailer":
		return fmt.Errorf("needs the header %q, which cannot be set", name)
	}
	if !headerName.MatchString(name) || rule(value) != nil || again {
		return fmt.Errorf("its header %q is not understood", shorten(name, 40))
	}
	f.headers = append(f.headers, Header{name, template.Escape(value)})
	return nil
}

// parameter reads one, following a reference if need be.
func (d *openAPI) parameter(raw json.RawMessage) (parameter, bool) {
	var p parameter
	if json.Unmarshal(raw, &p) != nil {
		return p, false
	}
	if p.Ref == "" {
		return p, p.Name != ""
	}
	behind := d.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
	if behind == nil {
		behind = d.Parameters[strings.TrimPrefix(p.Ref, "#/parameters/")]
	}
	if behind == nil {
		return p, false
	}
	p = parameter{}
	return p, json.Unmarshal(behind, &p) == nil && p.Name != "" && p.Ref == ""
}

// value is what the document offers for a parameter, best first.
func (d *openAPI) value(p parameter) (string, bool) {
	if text, ok := p.own(); ok {
		return text, true
	}
	if text, ok := scalarOf(p.XExample); ok {
		return text, true
	}
	var s schema
	if p.Schema == nil || json.Unmarshal(p.Schema, &s) != nil {
		return "", false
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = schema{}
		if json.Unmarshal(d.Components.Schemas[name], &s) != nil {
			return "", false
		}
	}
	return s.own()
}

// own is the first value in a schema, or in a parameter itself.
func (s schema) own() (string, bool) {
	candidates := []json.RawMessage{s.Example}
	candidates = append(candidates, s.examples()...)
	candidates = append(candidates, s.Default, s.Const)
	for _, raw := range append(candidates, s.Enum...) {
		if text, ok := scalarOf(raw); ok {
			return text, true
		}
	}
	return "", false
}

// examples are a list in a schema, and a map by name in a parameter.
func (s schema) examples() []json.RawMessage {
	var listed []json.RawMessage
	if json.Unmarshal(s.Examples, &listed) == nil {
		return listed
	}
	var named map[string]struct{ Value json.RawMessage }
	if json.Unmarshal(s.Examples, &named) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		listed = append(listed, named[name].Value)
	}
	return listed
}

// scalarOf writes a string, a number or a boolean as it goes into a request.
func scalarOf(raw json.RawMessage) (string, bool) {
	var value any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if raw == nil || dec.Decode(&value) != nil {
		return "", false
	}
	switch v := value.(type) {
	case string:
		return v, v != ""
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}
