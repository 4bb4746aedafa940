package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is what a pid file says. Born is the start time in the kernel's ticks: a pid
// that was reused meanwhile is not ours.
type process struct {
	PID  int
	Born string
	Argv []string
	// Order is the place in the order of starting.
	Order int
}

// start runs a part in a session of its own, with a log and a pid file.
func (t *testbed) start(name string, argv ...string) error {
	for _, dir := range []string{"logs", "pids"} {
		if err := os.MkdirAll(t.in(dir), 0o755); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(t.logFile(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	stat, err := readStat(cmd.Process.Pid)
	// So that its end is seen while we live. Until it is waited for, even one that has
	// ended can be looked up.
	go func() { _ = cmd.Wait() }()
	if err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	p := process{PID: cmd.Process.Pid, Born: stat.born, Argv: argv, Order: len(t.processes())}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return writeFile(t.in("pids", name+".json"), string(data))
}

func (t *testbed) logFile(name string) string { return t.in("logs", name+".log") }

// processes are all parts that were started, by name.
func (t *testbed) processes() map[string]process {
	found := map[string]process{}
	files, _ := filepath.Glob(t.in("pids", "*.json")) // the pattern is well-formed
	for _, file := range files {
		var p process
		data, err := os.ReadFile(file)
		if err == nil && json.Unmarshal(data, &p) == nil {
			found[strings.TrimSuffix(filepath.Base(file), ".json")] = p
		}
	}
	return found
}

// names are the processes' names in the order of starting.
func names(processes map[string]process) []string {
	var all []string
	for name := range processes {
		all = append(all, name)
	}
	slices.SortFunc(all, func(a, b string) int { return processes[a].Order - processes[b].Order })
	return all
}

// stat is what we need of /proc/PID/stat.
type stat struct {
	state, born string
	// resident is in bytes.
	resident int64
}

// readStat parses fields 3, 22 and 24 of proc(5); field 2 may hold anything, in parentheses.
func readStat(pid int) (stat, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 22 {
		return stat{}, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	pages, err := strconv.ParseInt(fields[21], 10, 64)
	return stat{state: fields[0], born: fields[19], resident: pages * int64(os.Getpagesize())}, err
}

func (p process) alive() bool {
	stat, err := readStat(p.PID)
	return err == nil && stat.born == p.Born && stat.state != "Z"
}

// end asks a process to end, and makes it after the grace.
func (p process) end(grace time.Duration) error {
	if !p.alive() {
		return nil
	}
	if grace > 0 {
		_ = syscall.Kill(p.PID, syscall.SIGTERM) // it may have ended just now
		if until(grace, "", p.gone) == nil {
			return nil
		}
	}
	_ = syscall.Kill(p.PID, syscall.SIGKILL) // likewise
	return until(10*time.Second, fmt.Sprintf("process %d to end", p.PID), p.gone)
}

func (p process) gone() error {
	if p.alive() {
		return errors.New("it still runs")
	}
	return nil
}

// stop ends one part at once, like a crash.
func (t *testbed) stop(name string) error {
	p, ok := t.processes()[name]
	if !ok {
		return fmt.Errorf("no part %q was started; there are %s", name, strings.Join(names(t.processes()), ", "))
	}
	return p.end(0)
}

// restart starts a part that was stopped, as it was started before.
func (t *testbed) restart(name string) error {
	p, ok := t.processes()[name]
	if !ok {
		return fmt.Errorf("no part %q was started; there are %s", name, strings.Join(names(t.processes()), ", "))
	}
	if p.alive() {
		return fmt.Errorf("%s runs, as process %d", name, p.PID)
	}
	return t.start(name, p.Argv...)
}

// crashed says which part ended, with the last lines that it wrote.
func (t *testbed) crashed() error {
	processes := t.processes()
	for _, name := range names(processes) {
		if !processes[name].alive() {
			log, _ := os.ReadFile(t.logFile(name)) // without a log there are no last lines
			lines := strings.Split(strings.TrimSpace(string(log)), "\n")
			return fmt.Errorf("%s has ended; the last lines of %s:\n%s", name, t.logFile(name), strings.Join(lines[max(0, len(lines)-15):], "\n"))
		}
	}
	return nil
}
