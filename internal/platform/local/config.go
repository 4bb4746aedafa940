package local

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
)

// Config describes the workloads of a run on this machine.
type Config struct {
	// RunDir is the run's directory; every process's whole output goes to
	// RunDir/logs/<replica id>.log, the balancer's to RunDir/logs/balancer.log.
	RunDir string
	// LockDir is a directory for all runs of this user, for example
	// swarmgrid/locks in os.UserCacheDir. It is created if need be.
	LockDir string
	// TargetID identifies the target to the lock; empty means a digest of the target's
	// command and environment, or of TargetURL.
	TargetID string

	// Target, Master and Worker are the managed workloads; a nil one is someone else's.
	Target, Master, Worker *Workload
	// TargetURL is the base URL of a target that is not managed.
	TargetURL string
	// LoadedURL is where the load goes when that is not the managed target; empty otherwise.
	LoadedURL string
	// Balance is balancer.RoundRobin (default) or balancer.Random.
	Balance string
	// Self is the argv that runs balancer.Run on its standard streams, for example
	// the path of our own binary and "balancer".
	Self []string

	// DrainTimeout replaces platform.DrainTimeout, in tests.
	DrainTimeout time.Duration
	// KillGrace is how long a process has between SIGTERM and SIGKILL; default 5 s.
	KillGrace time.Duration
	// ProbePeriod is the time between two readiness probes of a ready replica; default 1 s.
	ProbePeriod time.Duration
	// Backoff is the wait before a dead process is started again; it doubles with
	// every quick death in a row, up to 5 s. Default 100 ms.
	Backoff time.Duration
	// CrashLoop is how many quick deaths in a row make a workload stuck; default 5.
	CrashLoop int
}

// Workload is a command; every replica is one process of it. Command and the values of Env
// may hold placeholders, see placeholders.go.
type Workload struct {
	Command []string
	// Env is added to the driver's environment.
	Env map[string]string
	// Secrets is added as well, as it is, without placeholders.
	Secrets map[string]string
	// Dir is the working directory; empty means the driver's.
	Dir string
	// ReadyPath is probed by GET on {{port}}; 2xx and 3xx are ready. Empty means ready
	// when {{port}} accepts connections or, without {{port}}, when the process runs.
	ReadyPath string
	// ReadyTimeout is how long a replica may take to become ready; after that it counts as
	// stuck. Default 2 min. The process is left running.
	ReadyTimeout time.Duration
	// NotReady is the next step in the message about a replica that did not become ready.
	NotReady string
	// Explain, if set, finds in a process's output why it will never be ready; empty if it
	// finds nothing.
	Explain func(output string) string
}

// lockIDs name what no other run may use at the same time: the target and, if the load goes
// elsewhere, that as well.
func (c Config) lockIDs() []string {
	if c.LoadedURL == "" {
		return []string{c.TargetID}
	}
	return []string{c.TargetID, digest(nil, c.LoadedURL)}
}

// withDefaults returns a copy with every optional field filled in.
func (c Config) withDefaults() Config {
	setDefault(&c.Balance, balancer.RoundRobin)
	setDefault(&c.DrainTimeout, platform.DrainTimeout)
	setDefault(&c.KillGrace, 5*time.Second)
	setDefault(&c.ProbePeriod, time.Second)
	setDefault(&c.Backoff, 100*time.Millisecond)
	setDefault(&c.CrashLoop, 5)
	for _, w := range []**Workload{&c.Target, &c.Master, &c.Worker} {
		if *w != nil {
			filled := **w
			setDefault(&filled.ReadyTimeout, 2*time.Minute)
			*w = &filled
		}
	}
	if c.TargetID == "" && (c.Target == nil || len(c.Target.Command) > 0) {
		c.TargetID = digest(c.Target, c.TargetURL)
	}
	c.TargetURL = strings.TrimSuffix(c.TargetURL, "/")
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check reports everything that is wrong with the configuration.
func (c Config) check() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.RunDir == "" || c.LockDir == "" {
		bad("run directory %q and lock directory %q must be given", c.RunDir, c.LockDir)
	}
	if len(c.Self) == 0 {
		bad("the command of the balancer is missing")
	}
	if (c.Target == nil) == (c.TargetURL == "") {
		bad("a target has either a command or a URL")
	}
	if c.Balance != balancer.RoundRobin && c.Balance != balancer.Random {
		bad("balance %q is neither %s nor %s", c.Balance, balancer.RoundRobin, balancer.Random)
	}
	for role, w := range c.workloads() {
		if err := w.check(c); err != nil {
			bad("%s: %w", role, err)
		}
	}
	return errors.Join(problems...)
}

func (w *Workload) check(c Config) error {
	switch {
	case len(w.Command) == 0 || w.Command[0] == "":
		return errors.New("command is empty")
	case w.ReadyPath != "" && !strings.HasPrefix(w.ReadyPath, "/"):
		return fmt.Errorf("readiness path %q must begin with /", w.ReadyPath)
	case w.ReadyPath != "" && !w.uses(portMark):
		return fmt.Errorf("readiness path %q needs %s in the command", w.ReadyPath, portMark)
	case w == c.Target && !w.uses(portMark):
		return fmt.Errorf("command %q needs %s, the port that a replica has to listen on", w.Command, portMark)
	case c.Master == nil && (w.uses(masterPortMark) || w.uses(masterPort2Mark)):
		return fmt.Errorf("command %q names the master's port, but the master is not managed", w.Command)
	}
	return nil
}

// workloads are the managed ones.
func (c Config) workloads() map[platform.Role]*Workload {
	all := map[platform.Role]*Workload{platform.Target: c.Target, platform.Master: c.Master, platform.Worker: c.Worker}
	maps.DeleteFunc(all, func(_ platform.Role, w *Workload) bool { return w == nil })
	return all
}

// digest identifies a target by what it runs or where it is, regardless of spelling.
func digest(target *Workload, url string) string {
	text := fmt.Sprintf("url %q", experiment.LoadedURL(url))
	if target != nil {
		text = fmt.Sprintf("command %q %q", target.program(), target.arguments())
		for _, name := range slices.Sorted(maps.Keys(target.Env)) {
			text += fmt.Sprintf(" %q=%q", name, target.Env[name])
		}
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// program is the file that Command starts, or its text if there is no such file.
func (w *Workload) program() string {
	path, err := w.lookUp()
	if err == nil {
		path, err = absolute(path)
	}
	if err != nil {
		return w.Command[0]
	}
	return path
}

// arguments are Command's, with the folder if one names a file in it: "node server.js" is a
// different target in each folder. A program that uses nothing from its folder is the same
// target everywhere: two loads on it would measure each other.
func (w *Workload) arguments() []string {
	out := slices.Clone(w.Command[1:])
	for i, arg := range out {
		if arg == "" {
			continue // not the folder itself
		}
		path := arg
		if !filepath.IsAbs(path) {
			path = filepath.Join(w.Dir, path)
		}
		if file, err := absolute(path); err == nil {
			out[i] = file
		}
	}
	return out
}

// absolute is the canonical path of a file that exists.
func absolute(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// Find checks that there is a program to start.
func (w *Workload) Find() error {
	_, err := w.lookUp()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("program %q is not found on the PATH", w.Command[0])
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no program %q", w.Command[0])
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%q is no program that may be run", w.Command[0])
	}
	return err
}

// lookUp finds the program of Command as exec does.
func (w *Workload) lookUp() (string, error) {
	name := w.Command[0]
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		name = filepath.Join(w.Dir, name)
		if !filepath.IsAbs(name) {
			name = "." + string(filepath.Separator) + name
		}
	}
	return exec.LookPath(name)
}

// targetName is what messages call the target.
func (c Config) targetName() string {
	if c.Target == nil {
		return c.TargetURL
	}
	return fmt.Sprintf("%q", strings.Join(c.Target.Command, " "))
}
