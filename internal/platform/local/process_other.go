//go:build !unix

package local

import (
	"os"
	"os/exec"
	"syscall"
)

func childAttr() *syscall.SysProcAttr { return nil }

func guardAttr() *syscall.SysProcAttr { return nil }

// reap waits for the end, calls onEnd and describes the end.
func reap(cmd *exec.Cmd, onEnd func()) string {
	_ = cmd.Wait() // cmd.ProcessState says how it ended
	onEnd()
	return cmd.ProcessState.String()
}

// signalGroup ends the process, whatever the signal, where there are neither groups
// nor signals.
func signalGroup(group int, _ syscall.Signal) {
	if p, err := os.FindProcess(group); err == nil {
		_ = p.Kill()
	}
}
