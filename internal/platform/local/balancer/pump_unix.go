//go:build unix

package balancer

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// bufferSize fits most answers in one chunk.
const bufferSize = 64 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// pump copies src to dst until src ends, and calls came for every chunk that it reads.
//
// It is not io.Copy, which uses splice(2) and keeps a pipe for each direction while the
// connection is open: six open files per connection instead of two, and a thousand pipes
// exhaust a user's pipe-user-pages-soft. Requests and answers are small, so two system calls
// and a copy cost no more. A buffer is taken only when there is something to read, so idle
// connections cost none.
func pump(dst, src *net.TCPConn, came func()) error {
	raw, err := src.SyscallConn()
	if err != nil {
		return err
	}
	for {
		buf, n, err := readReady(raw)
		if n > 0 {
			came()
			_, err = dst.Write(buf[:n])
		}
		if buf != nil {
			buffers.Put(buf)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readReady waits until there is something to read and reads it into a pooled buffer.
func readReady(raw syscall.RawConn) (*[bufferSize]byte, int, error) {
	var buf *[bufferSize]byte
	var n int
	var readErr error
	err := raw.Read(func(fd uintptr) bool {
		buf = buffers.Get().(*[bufferSize]byte)
		n, readErr = readRetrying(int(fd), buf[:])
		if !errors.Is(readErr, syscall.EAGAIN) {
			return true
		}
		buffers.Put(buf)
		buf = nil
		return false
	})
	switch {
	case err != nil:
		return buf, 0, err
	case readErr != nil:
		return buf, 0, readErr
	case n == 0:
		return buf, 0, io.EOF
	}
	return buf, n, nil
}

func readRetrying(fd int, buf []byte) (int, error) {
	for {
		n, err := syscall.Read(fd, buf)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
