// Package words is about texts that somebody else wrote, as they stand in our messages: on
// one line, not too long, and like another. It is pure.
package words

import (
	"strings"
	"unicode"
)

// OneLine makes foreign text (errors of servers and libraries) safe to print:
// valid UTF-8, control and format characters (newlines, terminal escapes, text
// direction) turned into spaces, runs of spaces into one.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.Join(strings.Fields(s), " ")
}

// Gist shortens a process's end and its output to one line: how it ended and its last
// words. The rest is in the log that it names.
func Gist(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > 2 {
		lines = []string{lines[0], "…", lines[len(lines)-1]}
	}
	return OneLine(strings.Join(lines, " "))
}

// Colon appends an explanation to a message, if there is one.
func Colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

// Cut is a text of at most so many bytes; of a longer one its beginning, and mark after it.
func Cut(text string, most int, mark string) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + mark
}

// Distance is how many letters must be put in, left out, replaced, or changed with
// their neighbours, to make one word of the other.
func Distance(a, b string) int {
	// Of the table of all distances, of the first i letters of a and the first j of b,
	// three rows are kept: somebody's word may be very long.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			changed := last[j]
			if a[i] != b[j] {
				changed++
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, changed)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
