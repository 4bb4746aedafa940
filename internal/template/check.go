package template

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A rule says what is wrong with a text that goes somewhere, without showing it.
// Each is about single characters: texts that keep it keep it when they are joined.
type rule = func(text string) error

// Header is the rule for a header's value: what net/http refuses to write.
func Header(text string) error {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n' || c == '\r':
			return errors.New("holds a line break, which no header can carry; take it out")
		case c < ' ' && c != '\t' || c == 0x7f:
			return fmt.Errorf("holds the control character 0x%02x, which no header can carry; take it out", c)
		}
	}
	return nil
}

// Host is the rule for the Host header, which net/http sends empty rather than wrong.
func Host(text string) error {
	if err := Header(text); err != nil {
		return err
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			return errors.New("holds bytes outside ASCII; write an international name as xn--…")
		case !isHost(c):
			return errors.New("holds a character that no host name has")
		}
	}
	return nil
}

func isHost(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!$%&'()*+,-.:;=[]_~", c) >= 0
}

// JSON is the rule for a JSON document, which would get replacement characters
// for other bytes.
func JSON(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("is not UTF-8, which JSON must be")
	}
	return nil
}

// Check applies a rule to every text that the template writes as it stands. The
// values of env calls come with Resolve; all other calls write letters, digits and
// signs that no rule minds.
func (t *Template) Check(keep rule) error {
	for _, n := range t.nodes {
		var err error
		switch n := n.(type) {
		case literal:
			err = keep(string(n))
		case nowNode:
			err = keep(n.layout)
		case repeatNode:
			err = n.inner.Check(keep)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
