//go:build !unix

package balancer

import "os"

// FilesPerConnection is how many open files a connection through the balancer costs it.
const FilesPerConnection = 2

// maxConnections is a guess where there is no limit to ask for.
func maxConnections() int { return 1 << 14 }

// killGroup kills the process itself where there are no groups.
func killGroup(group int) {
	if p, err := os.FindProcess(group); err == nil {
		_ = p.Kill()
	}
}
