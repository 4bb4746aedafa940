package manifests

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

// YAML writes objects as a stream of documents, without fields that an API server fills in.
func YAML(objects ...Object) ([]byte, error) {
	var out bytes.Buffer
	for i, o := range objects {
		doc, err := document(o)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(doc)
	}
	return out.Bytes(), nil
}

func document(o Object) ([]byte, error) {
	fields, err := Fields(o)
	if err != nil {
		return nil, err
	}
	doc, err := yaml.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", o.GetName(), err)
	}
	return doc, nil
}

// Fields is an object as it is applied: only what was set. Empty statuses and
// times, which the Go types always write, would make us their owner.
func Fields(o Object) (map[string]any, error) {
	data, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", o.GetName(), err)
	}
	var fields map[string]any
	if err := yaml.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("writing %s: %w", o.GetName(), err)
	}
	delete(fields, "status")
	prune(fields)
	return fields, nil
}

// prune drops nulls and empty resources, at any depth.
func prune(fields map[string]any) {
	for name, value := range fields {
		switch v := value.(type) {
		case nil:
			delete(fields, name)
		case map[string]any:
			prune(v)
			if len(v) == 0 && (name == "resources" || name == "strategy" || name == "updateStrategy" || name == "spec") {
				delete(fields, name)
			}
		case []any:
			for _, item := range v {
				if m, ok := item.(map[string]any); ok {
					prune(m)
				}
			}
		}
	}
}
