package report

import (
	"strings"
	"unicode/utf8"
)

// maxText is how much of a foreign text is shown to people; files for machines have all of it.
const maxText = 300

// shorten cuts a text to at most n runes, the last one an ellipsis.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:n-1]), " ") + "…"
}

// wrap breaks a text at spaces into lines of at most width runes; longer words are cut.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if runes := []rune(word); len(runes) > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			for ; len(runes) > width; runes = runes[width:] {
				lines = append(lines, string(runes[:width]))
			}
			word = string(runes)
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
