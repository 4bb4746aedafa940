package local

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// childAttr puts a child in a process group of its own, which Ctrl-C in the terminal does
// not reach, and makes the kernel kill it when the spawner's thread ends.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// guardAttr is childAttr for the guard, which must outlive the driver.
func guardAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// reap waits for the end, calls onEnd while the dead process still occupies its pid
// (so that its process group can be nobody else's), reaps it and describes its end.
func reap(cmd *exec.Cmd, onEnd func()) string {
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	onEnd()
	_ = cmd.Wait() // cmd.ProcessState says how it ended
	return cmd.ProcessState.String()
}

// signalGroup signals a process group. One that is gone is no error.
func signalGroup(group int, sig syscall.Signal) { _ = syscall.Kill(-group, sig) }
