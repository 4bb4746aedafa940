//go:build !linux

package balancer

// killMarked does nothing where the environment of another process cannot be read.
func killMarked(string) {}
