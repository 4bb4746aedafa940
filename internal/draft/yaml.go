package draft

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// page is a YAML document that is being written, line by line.
type page struct{ b strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// comment writes each text as a comment, of as many lines as it needs.
func (p *page) comment(indent string, texts ...string) {
	for _, text := range texts {
		for i, line := range wrap(tame(text), commentWidth-len(indent)) {
			if i > 0 {
				line = "  " + line
			}
			p.line("%s# %s", indent, line)
		}
	}
}

const commentWidth = 92

// wrap breaks a line at spaces, where it has any, into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// longest bounds somebody else's text in a comment, in characters.
const longest = 400

// tame makes text safe for a comment, which any kind of line break would end.
func tame(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return strings.TrimSpace(text)
}

// plain is text that is a string in YAML without quotes, even in a flow list.
var plain = regexp.MustCompile(`^(--?|(\.\.?/)+)?[A-Za-z/][A-Za-z0-9_./-]*$`)

// amount is a duration or a percentage, which needs no quotes either.
var amount = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(ms|s|m|h|%)$`)

// taken matches plain text that YAML reads as something else.
var taken = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|y|n|null)$`)

// scalar writes text as a YAML string: as it is if possible, else in the quotes that need
// the fewest escapes. Text must be UTF-8.
func scalar(text string) string {
	switch {
	case plain.MatchString(text) && !taken.MatchString(text) || amount.MatchString(text):
		return text
	case strings.ContainsAny(text, "\"\\") && !strings.Contains(text, "'") && printable(text):
		return "'" + text + "'"
	}
	// Every escape in Go is one in YAML, with the same meaning.
	return strconv.Quote(text)
}

func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// list writes a flow list.
func list[T any](values []T, write func(T) string) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, write(v))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func ints(values []int) string { return list(values, strconv.Itoa) }
func strs(values []string) string {
	return list(values, scalar)
}
