package run

import "strings"

// gist makes one short line of an end and its output: how it ended, and the last
// words. The whole is in the log that it names.
func gist(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > 2 {
		lines = []string{lines[0], "…", lines[len(lines)-1]}
	}
	return oneLine(strings.Join(lines, " "))
}

// oneLine keeps a multi-line message readable where only one line fits.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// colon and because put what is known behind what it explains.
func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}
