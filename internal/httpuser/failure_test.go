package httpuser

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestFailureTexts: equal reasons have equal texts, whatever address they came from.
func TestFailureTexts(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 54321}, Err: os.NewSyscallError("connect", err)}
	}
	dns := &net.DNSError{Err: "no such host", Name: "nowhere", Server: "10.0.0.2:53", IsNotFound: true}
	for _, tc := range []struct {
		err  error
		late bool
		want string
	}{
		{dial(syscall.ECONNREFUSED), false, "connection refused"},
		{dial(syscall.ETIMEDOUT), false, "connection timed out"},
		{dial(syscall.EADDRNOTAVAIL), false, "no free local port on the load generator"},
		{fmt.Errorf("write: %w", syscall.EPIPE), false, "connection reset"},
		{&net.OpError{Op: "dial", Err: dns}, false, "host not found: nowhere"},
		{&net.DNSError{Err: "server misbehaving", Name: "nowhere", Server: "10.0.0.2:53"}, false, "host cannot be resolved: nowhere"},
		{errors.New("odd answer from 10.0.0.1:54321: no"), false, "odd answer from ADDRESS no"},
		{errors.New(strings.Repeat("x", 300)), false, strings.Repeat("x", 200) + "…"},
		{context.DeadlineExceeded, false, "timeout after 60s"},
		{errors.New("whatever"), true, "timeout after 60s"},
	} {
		task := task{late: "timeout after 60s"}
		if got := task.judge(0, tc.err, tc.late); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.err, got, tc.want)
		}
	}
}
