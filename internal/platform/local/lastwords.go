package local

import (
	"io"
	"os"
	"strings"
)

// How much of a dead process's output is shown: enough for the top of a stack trace, not
// more than a person reads.
const (
	lastLines = 20
	lastBytes = 4 << 10
)

// lastWords returns the end of a log after a lead-in, or "" if there is none.
func lastWords(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return ""
	}
	start := max(0, size-lastBytes)
	text, err := io.ReadAll(io.NewSectionReader(file, start, lastBytes))
	if err != nil {
		return ""
	}
	if lines := tail(string(text), start > 0); lines != "" {
		return "; its output (" + path + ") ends with:\n" + lines
	}
	return ""
}

// firstBytes are enough for what a program prints when it starts.
const firstBytes = 64 << 10

// firstWords returns the beginning of a log.
func firstWords(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	text, _ := io.ReadAll(io.LimitReader(file, firstBytes))
	return string(text)
}

// tail returns the last lines of a text whose first line may be incomplete.
func tail(text string, cut bool) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if _, rest, ok := strings.Cut(text, "\n"); ok && cut {
		text = rest
	}
	lines := strings.Split(strings.TrimRight(text, "\r\n\t "), "\n")
	return strings.Join(lines[max(0, len(lines)-lastLines):], "\n")
}
