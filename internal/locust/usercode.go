package locust

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Where is the line of the user's code that an exception came from, as in `locustfile.py:5,
// in login: return client.token`; empty where the traceback does not tell. It is the
// innermost line that belongs to no installed package.
func (e Exception) Where() string {
	lines := strings.Split(e.Traceback, "\n")
	frame := regexp.MustCompile(`^\s*File "([^"]+)", line (\d+), in (.+)$`)
	where := ""
	for i, line := range lines {
		m := frame.FindStringSubmatch(line)
		if m == nil || installed(m[1]) {
			continue
		}
		where = fmt.Sprintf("%s:%s, in %s", filepath.Base(m[1]), m[2], m[3])
		if i+1 < len(lines) && !frame.MatchString(lines[i+1]) && strings.TrimSpace(lines[i+1]) != "" {
			where += ": " + strings.TrimSpace(lines[i+1])
		}
	}
	return where
}

// installed tells whether a file belongs to Python or to a package, and not to the user.
func installed(path string) bool {
	return strings.Contains(path, "site-packages") || strings.Contains(path, "dist-packages") || strings.Contains(path, "/lib/python") ||
		strings.HasPrefix(path, "<") || strings.HasPrefix(path, "src/gevent")
}

// ShapeError is the refusal of a master whose locustfile sets the number of users itself.
type ShapeError struct{ Answer string }

// Error quotes the answer.
func (e *ShapeError) Error() string {
	return fmt.Sprintf("the locustfile has a LoadTestShape, which sets the number of users itself (the master answered %q); take that class out of the file", e.Answer)
}

// Headless tells from a Python master's output whether it runs without its web interface: it
// then waits for workers by itself, and says so.
func Headless(output string) bool {
	return strings.Contains(output, "Waiting for workers to be ready") && !strings.Contains(output, "Starting web interface")
}
