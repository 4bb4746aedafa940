package cli

import "testing"

func TestLikely(t *testing.T) {
	for _, tt := range []struct {
		word, name string
		want       bool
	}{
		{"user", "users", true},
		{"prseet", "preset", true},
		{"Preset", "preset", true},
		{"pre", "preset", true},
		{"rnu", "run", true},
		{"spwan-rte", "spawn-rate", true},
		{"p", "preset", false},
		{"", "out", false},
		{"in", "out", false},
		{"url", "out", false},
		{"workers", "users", false},
	} {
		if got := likely(tt.word, tt.name); got != tt.want {
			t.Errorf("%s for %s: %t, want %t", tt.word, tt.name, got, tt.want)
		}
	}
}
