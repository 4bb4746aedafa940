//go:build !unix

package balancer

import (
	"io"
	"net"
)

// pump copies src to dst until src ends.
func pump(dst, src *net.TCPConn) error {
	_, err := io.Copy(dst, src)
	return err
}
