package worker

import (
	"regexp"
	"testing"
)

// TestID: an identity has one underscore, after the host, and contains the name if one is given.
func TestID(t *testing.T) {
	for name, form := range map[string]string{
		"":            `^[^_]+_[0-9a-f]{32}$`,
		"worker-0001": `^[^_]+_worker-0001-[0-9a-f]{8}$`,
	} {
		id := newID(name)
		if !regexp.MustCompile(form).MatchString(id) {
			t.Errorf("named %q the id is %s, want %s", name, id, form)
		}
		if id == newID(name) {
			t.Errorf("named %q two ids are both %s", name, id)
		}
	}
}
