package page

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// kept is an experiment's text without the values of environment variables and without passwords
// in addresses. A run keeps none of them, but somebody may have put another file there. One that is
// not JSON is left out.
func kept(text string) string {
	var doc map[string]any
	if text == "" {
		return ""
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // as it is written
	if d.Decode(&doc) != nil {
		return ""
	}
	// Of a name that is there twice the decoder keeps the last: the text may have more.
	envs, hidden := hideEnv(doc)
	if hidden || strings.Count(strings.ToLower(text), `"env"`) != envs {
		out, err := json.MarshalIndent(doc, "", "  ")
		if err != nil {
			return ""
		}
		text = string(out)
	}
	return password.ReplaceAllString(strings.TrimSpace(text), "://"+experiment.NotKept+"@")
}

// password is the user's part of an address.
var password = regexp.MustCompile(`://[^/@\s"]+@`)

// hideEnv takes away the values of every env in a document, whether it is an object or, as in
// Kubernetes, a list of names and values. It counts them, and tells whether there were any values.
func hideEnv(v any) (envs int, hidden bool) {
	add := func(n int, h bool) { envs, hidden = envs+n, hidden || h }
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			add(hideEnv(item))
		}
	case map[string]any:
		for name, item := range v {
			if strings.EqualFold(name, "env") {
				add(1, hideValues(item))
				continue
			}
			add(hideEnv(item))
		}
	}
	return envs, hidden
}

// hideValues takes the values of one env.
func hideValues(env any) (hidden bool) {
	hide := func(m map[string]any, key string) {
		if m[key] != experiment.NotKept {
			m[key], hidden = experiment.NotKept, true
		}
	}
	switch env := env.(type) {
	case map[string]any:
		for key := range env {
			hide(env, key)
		}
	case []any:
		for _, item := range env {
			m, ok := item.(map[string]any)
			if _, has := m["value"]; ok && has {
				hide(m, "value")
			}
		}
	}
	return hidden
}
