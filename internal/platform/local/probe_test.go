package local

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

// TestProbeWithoutFiles: that the driver is out of files does not make a replica unready;
// that nobody answers does.
func TestProbeWithoutFiles(t *testing.T) {
	probing := func(errno syscall.Errno) error {
		return fmt.Errorf("probing readiness: %w", &net.OpError{Op: "dial", Net: "tcp4", Err: os.NewSyscallError("connect", errno)})
	}
	for errno, want := range map[syscall.Errno]bool{syscall.EMFILE: true, syscall.EADDRNOTAVAIL: true, syscall.ECONNREFUSED: false} {
		r := &replica{passing: true}
		for range maxFailures {
			r.note(probing(errno))
		}
		if r.passing != want || r.waiting == "" {
			t.Errorf("after %v: passing %t, waiting %q; want passing %t", errno, r.passing, r.waiting, want)
		}
	}
}
