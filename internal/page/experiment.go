package page

import (
	"encoding/json"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// kept is an experiment's text without the values of environment variables. A run keeps none
// of them, but somebody may have put another file there. One that is not JSON is left out.
func kept(text string) string {
	var doc map[string]any
	if text == "" || json.Unmarshal([]byte(text), &doc) != nil {
		return ""
	}
	if !hideEnv(doc) {
		return strings.TrimSpace(text)
	}
	out, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return ""
	}
	return string(out)
}

// hideEnv takes away the values of every env in a document, and tells whether there were any.
func hideEnv(v any) (found bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			found = hideEnv(item) || found
		}
	case map[string]any:
		for name, item := range v {
			env, ok := item.(map[string]any)
			if name != "env" || !ok {
				found = hideEnv(item) || found
				continue
			}
			for key, value := range env {
				if value != experiment.NotKept {
					env[key], found = experiment.NotKept, true
				}
			}
		}
	}
	return found
}
