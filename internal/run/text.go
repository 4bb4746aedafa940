package run

import "strings"

// gist shortens a process's end and its output to one line: how it ended and its last
// words. The rest is in the log that it names.
func gist(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > 2 {
		lines = []string{lines[0], "…", lines[len(lines)-1]}
	}
	return oneLine(strings.Join(lines, " "))
}

// oneLine puts a message on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// colon and because append an explanation, if there is one.
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
