package stats

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// The V2 compressed form: base64 of a cookie, a length and that many bytes of zlib, which
// hold a header and the counts in order of their values, each in ZigZag LEB128 of at most
// nine bytes, where -n stands for n zeros. The library is not used for it: it makes a new
// compressor of half a megabyte for every histogram, and reads whatever geometry a stranger
// names.
const (
	cookieV2         = 0x1c849303 | 0x10
	cookieCompressed = 0x1c849304 | 0x10
	// cookieMask leaves out the bits that say how wide a count is, which V2 ignores.
	cookieMask   = ^uint32(0xf0)
	outerHeader  = 8
	headerV2     = 40
	longestCount = 9
)

// A geometry of three digits has 1024 counts for each doubling, after the first 2048 values.
const (
	halfCounts = 1024
	allCounts  = 23 * halfCounts
	maxPayload = allCounts * longestCount
)

// indexOf is the place where a value is counted, valueAt the lowest value that is counted there.
func indexOf(value int64) int {
	double := bits.Len64(uint64(value)|(2*halfCounts-1)) - 11
	return double*halfCounts + int(value>>double)
}

func valueAt(index int) int64 {
	if index < 2*halfCounts {
		return int64(index)
	}
	return int64(index%halfCounts+halfCounts) << (index/halfCounts - 1)
}

// highestEquivalent is the highest value that is counted in the same place as the given lowest.
func highestEquivalent(lowest int64) int64 {
	return lowest + 1<<(bits.Len64(uint64(lowest)|(2*halfCounts-1))-11) - 1
}

// Encoder encodes histograms and keeps its memory between them. The zero value is
// ready; it is not safe for concurrent use.
type Encoder struct {
	zip   *zlib.Writer
	plain []byte
	out   bytes.Buffer
}

// Encode returns the V2 compressed form in base64, as HdrHistogram logs hold it.
func (e *Encoder) Encode(h *Histogram) ([]byte, error) {
	e.plain = appendV2(e.plain[:0], h)
	e.out.Reset()
	e.out.Write(make([]byte, outerHeader))
	if e.zip == nil {
		// The level is the library's, and valid.
		e.zip, _ = zlib.NewWriterLevel(&e.out, zlib.BestCompression)
	} else {
		e.zip.Reset(&e.out)
	}
	_, err := e.zip.Write(e.plain)
	if err = errors.Join(err, e.zip.Close()); err != nil {
		return nil, fmt.Errorf("encoding histogram: %w", err)
	}
	b := e.out.Bytes()
	binary.BigEndian.PutUint32(b, cookieCompressed)
	binary.BigEndian.PutUint32(b[4:], uint32(len(b)-outerHeader))
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

func appendV2(b []byte, h *Histogram) []byte {
	b = binary.BigEndian.AppendUint32(b, cookieV2)
	b = binary.BigEndian.AppendUint32(b, 0) // the length, see below
	b = binary.BigEndian.AppendUint32(b, 0) // no offset
	b = binary.BigEndian.AppendUint32(b, Digits)
	b = binary.BigEndian.AppendUint64(b, LowestMicros)
	b = binary.BigEndian.AppendUint64(b, HighestMicros)
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(1))
	b = appendCounts(b, h)
	binary.BigEndian.PutUint32(b[4:], uint32(len(b)-headerV2))
	return b
}

func appendCounts(b []byte, h *Histogram) []byte {
	if h.Count() == 0 {
		return append(b, 0)
	}
	next := 0
	for value, count := range h.list().ForEachBucket {
		at := indexOf(value)
		switch zeros := at - next; zeros {
		case 0:
		case 1:
			b = append(b, 0)
		default:
			b = appendZigZag(b, -int64(zeros))
		}
		b = appendZigZag(b, count)
		next = at + 1
	}
	return b
}

// appendZigZag is binary.AppendVarint but for the ninth byte, which holds eight bits.
func appendZigZag(b []byte, v int64) []byte {
	u := uint64(v)<<1 ^ uint64(v>>63)
	for range longestCount - 1 {
		if u < 0x80 {
			return append(b, byte(u))
		}
		b = append(b, byte(u)|0x80)
		u >>= 7
	}
	return append(b, byte(u))
}

// Decoder decodes histograms and keeps its memory between them. The zero value is
// ready; it is not safe for concurrent use.
type Decoder struct {
	inflater
	in []byte
}

// inflater unpacks zlib with one decompressor, which is larger than most of what it unpacks.
type inflater struct {
	unzip io.ReadCloser
	plain bytes.Buffer
}

// inflate returns at most so many bytes, which hold until the next call.
func (i *inflater) inflate(zipped []byte, most int64) ([]byte, error) {
	var err error
	if src := bytes.NewReader(zipped); i.unzip == nil {
		i.unzip, err = zlib.NewReader(src)
	} else {
		err = i.unzip.(zlib.Resetter).Reset(src, nil)
	}
	if err != nil {
		return nil, err
	}
	i.plain.Reset()
	_, err = i.plain.ReadFrom(io.LimitReader(i.unzip, most))
	return i.plain.Bytes(), err
}

// Decode reads what Encode wrote. A histogram of another geometry is refused.
func (d *Decoder) Decode(b []byte) (*Histogram, error) {
	h, err := d.decode(b)
	if err != nil {
		return nil, fmt.Errorf("decoding histogram: %w", err)
	}
	return h, nil
}

func (d *Decoder) decode(b []byte) (*Histogram, error) {
	zipped, err := d.zipped(b)
	if err != nil {
		return nil, err
	}
	plain, err := d.inflate(zipped, headerV2+maxPayload+1)
	if err != nil {
		return nil, err
	}
	if len(plain) < headerV2 {
		return nil, fmt.Errorf("it has %d bytes, and its header takes %d", len(plain), headerV2)
	}
	if err := checkHeader(plain); err != nil {
		return nil, err
	}
	return readCounts(plain[headerV2:])
}

// zipped is what the text holds in zlib.
func (d *Decoder) zipped(b []byte) ([]byte, error) {
	var err error
	if d.in, err = base64.StdEncoding.AppendDecode(d.in[:0], b); err != nil {
		return nil, err
	}
	if len(d.in) < outerHeader || binary.BigEndian.Uint32(d.in)&cookieMask != cookieCompressed&cookieMask {
		return nil, errors.New("it does not begin as a compressed one of version 2")
	}
	size := uint64(binary.BigEndian.Uint32(d.in[4:]))
	if size > uint64(len(d.in)-outerHeader) {
		return nil, fmt.Errorf("it is cut short: %d of %d bytes", len(d.in)-outerHeader, size)
	}
	return d.in[outerHeader : outerHeader+size], nil
}

func checkHeader(b []byte) error {
	if binary.BigEndian.Uint32(b)&cookieMask != cookieV2&cookieMask {
		return errors.New("it is not of version 2")
	}
	if size := binary.BigEndian.Uint32(b[4:]); uint64(size) != uint64(len(b)-headerV2) {
		return fmt.Errorf("it has %d bytes of counts and says %d", len(b)-headerV2, size)
	}
	digits := int32(binary.BigEndian.Uint32(b[12:]))
	lowest, highest := int64(binary.BigEndian.Uint64(b[16:])), int64(binary.BigEndian.Uint64(b[24:]))
	if lowest != LowestMicros || highest != HighestMicros || digits != Digits {
		return fmt.Errorf("its geometry is %d..%d with %d digits, want %d..%d with %d",
			lowest, highest, digits, LowestMicros, HighestMicros, Digits)
	}
	return nil
}

func readCounts(b []byte) (*Histogram, error) {
	h := NewHistogram()
	for at := int64(0); len(b) > 0; {
		v, n := zigZag(b)
		if n == 0 {
			return nil, errors.New("it ends within a count")
		}
		b = b[n:]
		if v < 0 {
			if v < -allCounts {
				return nil, fmt.Errorf("it has a run of %d zeros", v)
			}
			at -= v
			continue
		}
		if v > 0 {
			if err := h.count(at, v); err != nil {
				return nil, err
			}
		}
		at++
	}
	return h, nil
}

func (h *Histogram) count(at, n int64) error {
	if at >= allCounts {
		return fmt.Errorf("it has more than %d counts", allCounts)
	}
	if n > math.MaxInt64-h.Count() {
		return errors.New("its counts overflow")
	}
	h.record(valueAt(int(at)), n)
	return nil
}

// zigZag reads what appendZigZag wrote and its length, 0 when that ends too early.
func zigZag(b []byte) (v int64, n int) {
	var u uint64
	for n < len(b) {
		c := uint64(b[n])
		if n++; n == longestCount {
			u |= c << 56
			return int64(u>>1) ^ -int64(u&1), n
		}
		u |= c & 0x7f << (7 * (n - 1))
		if c < 0x80 {
			return int64(u>>1) ^ -int64(u&1), n
		}
	}
	return 0, 0
}

// Encode is Encoder.Encode for a single one.
func (h *Histogram) Encode() ([]byte, error) { return new(Encoder).Encode(h) }

// DecodeHistogram is Decoder.Decode for a single one.
func DecodeHistogram(b []byte) (*Histogram, error) { return new(Decoder).Decode(b) }
