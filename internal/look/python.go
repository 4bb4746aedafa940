package look

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// pythonTime bounds one start of Python; the first import on a busy machine takes seconds.
const pythonTime = time.Minute

// The scripts' exit codes.
const (
	exitNoLocust = 3
	exitNoUsers  = 4
)

// hasLocust ends with exitNoLocust when there is none.
const hasLocust = `import importlib.util, sys; sys.exit(0 if importlib.util.find_spec('locust') else 3)`

// importFile imports a locustfile as Locust does, with its folder first on the path, and
// ends with exitNoUsers when it has no user class.
const importFile = `
import importlib.util, inspect, os, sys
import locust
path = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.dirname(path))
name = os.path.splitext(os.path.basename(path))[0]
found = importlib.util.spec_from_file_location(name, path)
module = importlib.util.module_from_spec(found)
found.loader.exec_module(module)
users = [c for c in vars(module).values() if inspect.isclass(c) and issubclass(c, locust.User) and c.abstract is False]
sys.stdout.flush()
os._exit(0 if users else 4)
`

// locust looks for a Python with Locust, and imports the user's locustfile with it. What its
// users do is not tried.
func (c *Checked) locust(ctx context.Context, s Subject) {
	name := s.Python
	if name == "" {
		name = "python3"
	}
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		c.refuse("spec.load.engine", "install it or name one with --python", "engine locust needs Python: %v", err)
		return
	}
	out, err := python(ctx, "", path, hasLocust)
	switch {
	case exitedWith(err, exitNoLocust):
		c.refuse("spec.load.engine", fmt.Sprintf("install it with `%s -m pip install locust`, or name another with --python", path), "%s has no Locust", path)
		return
	case err != nil:
		c.refuse("spec.load.engine", "name another with --python", "running %s: %v: %s", path, err, out)
		return
	}
	c.Python = path
	if file := s.Experiment.LoadPath; file != "" && !s.NoImport {
		c.importable(ctx, path, file)
	}
}

func (c *Checked) importable(ctx context.Context, path, file string) {
	whole, err := filepath.Abs(file)
	if err != nil {
		c.refuse(file, "", "%v", err)
		return
	}
	out, err := python(ctx, filepath.Dir(whole), path, importFile, whole)
	switch {
	case err == nil || ctx.Err() != nil:
	case exitedWith(err, exitNoUsers):
		c.refuse(file, "define one, as in class Visitor(HttpUser)", "has no class of users that is not abstract")
	default:
		c.refuse(file, fmt.Sprintf("fix the file, or install what it needs into %s, or name another Python with --python", path),
			"cannot be imported: %s", lastWord(out, file, err))
	}
}

// python runs a script in a folder without writing bytecode files, and returns its output.
func python(ctx context.Context, dir, path, script string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, pythonTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append([]string{"-B", "-c", script}, args...)...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second // processes that it started may keep the output open
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("no end after %v", pythonTime)
	}
	if err != nil && errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%s cannot be run", path)
	}
	return strings.TrimSpace(out.String()), err
}

func exitedWith(err error, code int) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == code
}

// frame is a line of a traceback that names a place.
var frame = regexp.MustCompile(`^\s*File "([^"]+)", line ([0-9]+)`)

// lastWord is the last line of a traceback, which says what went wrong, and the line of the
// file that led there.
func lastWord(out, file string, err error) string {
	last, at := "", ""
	for line := range strings.Lines(out) {
		if text := strings.TrimSpace(line); text != "" {
			last = text
		}
		if m := frame.FindStringSubmatch(line); m != nil && filepath.Base(m[1]) == filepath.Base(file) {
			at = " (line " + m[2] + ")"
		}
	}
	if last == "" {
		return err.Error()
	}
	return last + at
}
