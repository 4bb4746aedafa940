//go:build unix

package balancer

import "syscall"

// FilesPerConnection is how many open files a connection through the balancer costs it.
const FilesPerConnection = 2

// spareFiles are for standard streams, the listener and the runtime.
const spareFiles = 32

// maxConnections follows from the limit of open files, which the Go runtime has already
// raised as far as it may, and stays reasonable where that is unlimited.
func maxConnections() int {
	const most = 1 << 20
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > most {
		return most / FilesPerConnection
	}
	return max(1, (int(limit.Cur)-spareFiles)/FilesPerConnection)
}

// killGroup kills a process group. One that is gone already is no error.
func killGroup(group int) {
	_ = syscall.Kill(-group, syscall.SIGKILL)
}
