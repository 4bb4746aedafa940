package experiment

import (
	"bytes"
	"regexp"
	"strings"
)

// fieldWithValue is a line that is all of a field, or of an item that begins with one.
var fieldWithValue = regexp.MustCompile(`^ *(?:- +)*[A-Za-z][A-Za-z0-9_]*: +[^ #|>&]`)

// firstField is what comes before the colon of a line's first field.
var firstField = regexp.MustCompile(`^ *[A-Za-z][A-Za-z0-9_]*$`)

// tooDeep is the number of a line above whose field has a value already, if the first field
// of this line is indented as if it belonged to that one; 0 if that is not what is wrong.
func tooDeep(before, line []byte, at int) int {
	if !firstField.Match(line[:min(at, len(line))]) {
		return 0
	}
	lines := bytes.Split(bytes.TrimSuffix(before, []byte("\n")), []byte("\n"))
	for i := len(lines) - 1; i >= 0; i-- {
		switch {
		case len(bytes.TrimSpace(lines[i])) == 0:
			continue
		case fieldWithValue.Match(lines[i]) && fieldColumn(lines[i]) < fieldColumn(line):
			return i + 1
		}
		return 0
	}
	return 0
}

// fieldColumn is where the first field of a line begins.
func fieldColumn(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " -")) }

// ended are the characters that end an unquoted value between braces, or begin another one in it.
const ended = "?{["

// flowValue is the beginning of an unquoted value, with the name of its field.
var flowValue = regexp.MustCompile(`[A-Za-z0-9_-]: +([^ '"{\[,&*!|>%@?])`)

// unquoted is the first value of a line, from a brace or bracket on, that holds a character
// with a meaning there; empty if there is none, or if quotes would not help.
func unquoted(open []byte) string {
	text := string(open)
	for _, m := range flowValue.FindAllStringSubmatchIndex(text, -1) {
		value := flowText(text[m[2]:])
		if strings.ContainsAny(value, ended) && !strings.ContainsAny(value, `'"`) {
			return value
		}
	}
	return ""
}

// flowText is a text up to the comma, brace or bracket that ends it.
func flowText(text string) string {
	depth := 0
	for i, r := range text {
		switch {
		case strings.ContainsRune("{[", r):
			depth++
		case depth == 0 && strings.ContainsRune(",}]", r):
			return strings.TrimRight(text[:i], " ")
		case strings.ContainsRune("}]", r):
			depth--
		}
	}
	return "" // what is open is not closed
}
