//go:build unix && !linux

package local

import (
	"os/exec"
	"syscall"
)

// childAttr puts a child in a process group of its own, which Ctrl-C in the
// terminal does not reach. When the driver dies, only the guard kills it.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// guardAttr is childAttr for the guard.
func guardAttr() *syscall.SysProcAttr { return childAttr() }

// reap waits for the end, calls onEnd and describes the end.
func reap(cmd *exec.Cmd, onEnd func()) string {
	_ = cmd.Wait() // cmd.ProcessState says how it ended
	onEnd()
	return cmd.ProcessState.String()
}

// signalGroup signals a process group. One that is gone is no error.
func signalGroup(group int, sig syscall.Signal) { _ = syscall.Kill(-group, sig) }
