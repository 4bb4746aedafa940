package experiment

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// legible refuses a file whose name cannot be told in a line, nor kept in a ConfigMap.
// How the folders above both are called does not matter.
func (g *gathering) legible(path string) bool {
	name, err := filepath.Rel(filepath.Dir(g.locustfile), path)
	if err != nil {
		name = path
	}
	if isLegible(name) {
		return true
	}
	g.refuse("leads to %q, whose name has control characters or is not UTF-8; rename it", filepath.ToSlash(name))
	return false
}

func isLegible(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}
