package draft

import (
	"regexp"
	"slices"
	"strings"
)

// parameterInPath is a part of a path that the document leaves open.
var parameterInPath = regexp.MustCompile(`\{[A-Za-z0-9_.-]+\}`)

// plainPath is a path that may go into a task that nobody has checked.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9/_.~-]*$`)

// someNumber stands for a value that the document does not give.
const someNumber = "{{int 1 100}}"

// change is an operation with a body, as a task to start from; nil if it is no good start.
func change(name, method, path string) *Task {
	if !slices.Contains([]string{"post", "put", "patch"}, method) || !plainPath.MatchString(parameterInPath.ReplaceAllString(path, "x")) {
		return nil
	}
	return &Task{Name: name, Method: strings.ToUpper(method), Path: parameterInPath.ReplaceAllString(path, someNumber)}
}

// writeChange writes a task as a comment: an editor can uncomment it with one key.
func (t Task) writeChange(p *page) {
	const indent = "        "
	p.comment(indent, "To have something changed, too, uncomment this, and give it the body that the service wants. "+
		someNumber+" is a new number each time; docs/swarmfile.md lists what else there is.")
	p.line(indent+"# - name: %s", scalar(t.Name))
	p.line(indent + "#   request:")
	p.line(indent+"#     method: %s", t.Method)
	p.line(indent+"#     path: %s", scalar(t.Path))
	p.line(indent+"#     json: {id: %s}", scalar(someNumber))
}
