package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// DefaultFrameLimit is the largest frame that is read, in bytes. The largest
// honest message seen is a report of some thousand endpoints, a few MiB.
const DefaultFrameLimit = 64 << 20

// ErrFrameTooLarge says that a peer announced a frame beyond the limit.
var ErrFrameTooLarge = errors.New("frame is larger than the limit")

// The bits of a ZMTP 3 frame's first byte; the others must be zero.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// Frame is one ZMTP frame.
type Frame struct {
	// Command marks a command; its body begins with the command's name.
	Command bool
	// More says that the message goes on in the next frame.
	More bool
	Body []byte
}

// AppendFrame appends f's encoding to b.
func AppendFrame(b []byte, f Frame) []byte {
	var flags byte
	if f.Command {
		flags |= flagCommand
	}
	if f.More {
		flags |= flagMore
	}
	if len(f.Body) > 255 {
		b = append(b, flags|flagLong)
		b = binary.BigEndian.AppendUint64(b, uint64(len(f.Body)))
	} else {
		b = append(b, flags, byte(len(f.Body)))
	}
	return append(b, f.Body...)
}

// ReadFrame reads one frame of at most limit bytes. Its error is io.EOF only when
// r ended before the frame's first byte.
func ReadFrame(r *bufio.Reader, limit int) (Frame, error) {
	return readFrame(r, limit, nil)
}

// readFrame reads a frame whose body takes room of hold, unless that is nil.
func readFrame(r *bufio.Reader, limit int, hold *holding) (Frame, error) {
	flags, err := r.ReadByte()
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Command: flags&flagCommand != 0, More: flags&flagMore != 0}
	if flags&^(flagMore|flagLong|flagCommand) != 0 || (f.Command && f.More) {
		return Frame{}, fmt.Errorf("reading frame: flags %#02x are not allowed", flags)
	}
	size, err := readSize(r, flags&flagLong != 0)
	if err != nil {
		return Frame{}, fmt.Errorf("reading frame: %w", noEOF(err))
	}
	if size > uint64(limit) {
		return Frame{}, fmt.Errorf("reading frame of %d bytes, limit %d: %w", size, limit, ErrFrameTooLarge)
	}
	f.Body, err = readBody(r, int(size), hold)
	if err != nil {
		return Frame{}, fmt.Errorf("reading frame of %d bytes: %w", size, noEOF(err))
	}
	return f, nil
}

func readSize(r *bufio.Reader, long bool) (uint64, error) {
	if !long {
		b, err := r.ReadByte()
		return uint64(b), err
	}
	var b [8]byte
	_, err := io.ReadFull(r, b[:])
	return binary.BigEndian.Uint64(b[:]), err
}

// firstBody is what a body may take before any of it has come.
const firstBody = 4 << 10

// readBody takes memory as bytes arrive: a claimed length alone costs a peer nothing.
func readBody(r *bufio.Reader, size int, hold *holding) ([]byte, error) {
	hold.announce(size)
	b, err := grow(nil, min(size, firstBody), hold)
	for err == nil {
		var n int
		n, err = io.ReadFull(r, b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil || len(b) == size {
			break
		}
		b, err = grow(b, min(size, 2*len(b)), hold)
	}
	return b, err
}

// grow moves a body to where it has more room, having asked for that.
func grow(b []byte, size int, hold *holding) ([]byte, error) {
	if hold == nil {
		return append(make([]byte, 0, size), b...), nil
	}
	if err := hold.take(size); err != nil {
		return b, err
	}
	larger := append(make([]byte, 0, size), b...)
	hold.shrink(cap(b))
	return larger, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
