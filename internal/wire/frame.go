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
const DefaultFrameLimit = 16 << 20

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
	// More says that the message continues in the next frame.
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
	f, size, err := readHead(r, limit)
	if err == nil {
		f.Body, err = readBody(r, size)
	}
	return f, err
}

// readHead reads what comes before a frame's body, and returns the body's size.
func readHead(r *bufio.Reader, limit int) (Frame, int, error) {
	flags, err := r.ReadByte()
	if err != nil {
		return Frame{}, 0, err
	}
	f := Frame{Command: flags&flagCommand != 0, More: flags&flagMore != 0}
	if flags&^(flagMore|flagLong|flagCommand) != 0 || (f.Command && f.More) {
		return Frame{}, 0, fmt.Errorf("reading frame: flags %#02x are not allowed", flags)
	}
	size, err := readSize(r, flags&flagLong != 0)
	if err != nil {
		return Frame{}, 0, fmt.Errorf("reading frame: %w", noEOF(err))
	}
	if size > uint64(limit) {
		return Frame{}, 0, fmt.Errorf("reading frame of %d bytes, limit %d: %w", size, limit, ErrFrameTooLarge)
	}
	return f, int(size), nil
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

// readBody allocates the body at once: for a large one, room has been taken.
func readBody(r *bufio.Reader, size int) ([]byte, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("reading frame of %d bytes: %w", size, noEOF(err))
	}
	return b, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
