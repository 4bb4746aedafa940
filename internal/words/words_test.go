package words_test

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/words"
)

func TestOneLine(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain", "plain"},
		{" a\r\n\tb  c ", "a b c"},
		{"\x1b[31mred", "[31mred"},
		{"bad \xff utf-8", "bad � utf-8"},
		{"turned \u202eback", "turned back"},
		{"line\u2028separator", "line separator"},
		{"überall 世界", "überall 世界"},
	}
	for _, tt := range tests {
		if got := words.OneLine(tt.in); got != tt.want {
			t.Errorf("OneLine(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"whole", "whole"},
		{"longer", "longe…"},
		{"wört", "wört"},
		{"wörter", "wört…"},
		{"abcdö", "abcd…"},
	} {
		if got := words.Cut(tt.in, 5, "…"); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "acb", 1},
		{"ab", "ba", 1},
		{"kitten", "sitting", 3},
		{"users", "workers", 4},
	} {
		if got := words.Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestGist(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "",
		"exit status 1\n":                      "exit status 1",
		"exit status 1\nlast word":             "exit status 1 last word",
		"exit status 1\nfirst\nsecond\nthird ": "exit status 1 … third",
	} {
		if got := words.Gist(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got := words.Colon("") + words.Colon("why"); got != ": why" {
		t.Errorf("after a message: %q", got)
	}
}
