//go:build !unix

package balancer

import (
	"io"
	"net"
)

// pump copies src to dst until src ends, and calls came for every chunk that it reads.
func pump(dst, src *net.TCPConn, came func()) error {
	_, err := io.Copy(dst, noting{src, came})
	return err
}

// noting is a reader that calls came for every chunk.
type noting struct {
	io.Reader
	came func()
}

func (n noting) Read(p []byte) (int, error) {
	read, err := n.Reader.Read(p)
	if read > 0 {
		n.came()
	}
	return read, err
}
