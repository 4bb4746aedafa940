package stats

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// MaxBatches is how many batches a window has at most.
const MaxBatches = 10

// Batches are the consecutive parts of a window, as equal in length as whole seconds allow,
// with what one endpoint did in each: what intervals are made from that hold although
// requests depend on each other (measuring.md 26).
type Batches []Batch

// Batch is one of them.
type Batch struct {
	// Seconds is its length.
	Seconds int
	*Tally
}

// NewBatches divides a window of so many seconds into ten batches, a shorter one into
// seconds.
func NewBatches(seconds int) Batches {
	n := min(seconds, MaxBatches)
	b := make(Batches, n)
	for i := range b {
		b[i] = Batch{Seconds: (i+1)*seconds/n - i*seconds/n, Tally: NewTally()}
	}
	return b
}

// At is the batch of one of the window's seconds, counted from 0.
func (b Batches) At(second int) Batch {
	for _, part := range b[:len(b)-1] {
		if second < part.Seconds {
			return part
		}
		second -= part.Seconds
	}
	return b[len(b)-1]
}

// Total adds them up.
func (b Batches) Total() *Tally {
	t := NewTally()
	for _, part := range b {
		t.Merge(part.Tally)
	}
	return t
}

// Batches are encoded as base64 of zlib: the number of them, and of each its seconds and the
// counts of its successes and failures, which are preceded by their length in bytes and are
// those of HdrHistogram's V2. All numbers are unsigned LEB128. A value is written as the lowest
// of two digits' accuracy: that bounds how long the text gets however many the requests, and
// is less than an interval of ten batches can tell.

// Coarse is how much higher a value was at most than it is after decoding, as a share of it.
const Coarse = 1. / coarseCounts

const (
	coarseBits   = 7
	coarseCounts = 1 << coarseBits
)

// coarse counts the values with two digits' accuracy.
func coarse(h *Histogram) *Histogram {
	out := NewHistogram()
	for value, count := range h.list().ForEachBucket {
		shift := max(bits.Len64(uint64(value))-coarseBits-1, 0)
		out.RecordN(value>>shift<<shift, count)
	}
	return out
}

// Encode returns the batches as text. Bytes of bodies and values beyond an hour are not kept.
func (b Batches) Encode() (string, error) {
	plain := binary.AppendUvarint(nil, uint64(len(b)))
	var counts []byte
	for _, part := range b {
		plain = binary.AppendUvarint(plain, uint64(part.Seconds))
		for _, h := range []*Histogram{part.OK, part.Failed} {
			counts = appendCounts(counts[:0], coarse(h))
			plain = binary.AppendUvarint(plain, uint64(len(counts)))
			plain = append(plain, counts...)
		}
	}
	var out bytes.Buffer
	zip, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err == nil {
		_, err = zip.Write(plain)
		err = errors.Join(err, zip.Close())
	}
	if err != nil {
		return "", fmt.Errorf("encoding batches: %w", err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// maxBatchSeconds bounds a batch's length when decoding: a tenth of a year.
const maxBatchSeconds = 3_153_600

// BatchDecoder decodes batches and keeps its memory between them. The zero value is ready; it is
// not safe for concurrent use.
type BatchDecoder struct {
	inflater
	zipped []byte
}

// Decode reads what Batches.Encode wrote.
func (d *BatchDecoder) Decode(text string) (Batches, error) {
	b, err := d.decode(text)
	if err != nil {
		return nil, fmt.Errorf("decoding batches: %w", err)
	}
	return b, nil
}

// DecodeBatches is BatchDecoder.Decode for a single text.
func DecodeBatches(text string) (Batches, error) { return new(BatchDecoder).Decode(text) }

func (d *BatchDecoder) decode(text string) (Batches, error) {
	var err error
	if d.zipped, err = base64.StdEncoding.AppendDecode(d.zipped[:0], []byte(text)); err != nil {
		return nil, err
	}
	const most = (MaxBatches*2 + 1) * (maxPayload + 2*binary.MaxVarintLen64)
	plain, err := d.inflate(d.zipped, most)
	if err != nil {
		return nil, err
	}
	in := batchReader{plain}
	n, err := in.number("number of batches", MaxBatches)
	if err != nil {
		return nil, err
	}
	b := make(Batches, n)
	for i := range b {
		if b[i], err = in.batch(); err != nil {
			return nil, fmt.Errorf("batch %d: %w", i+1, err)
		}
	}
	if len(in.rest) > 0 {
		return nil, fmt.Errorf("%d bytes follow the last batch", len(in.rest))
	}
	return b, nil
}

type batchReader struct{ rest []byte }

func (r *batchReader) batch() (Batch, error) {
	seconds, err := r.number("length", maxBatchSeconds)
	if err != nil {
		return Batch{}, err
	}
	ok, err := r.counts()
	if err != nil {
		return Batch{}, err
	}
	failed, err := r.counts()
	return Batch{Seconds: seconds, Tally: &Tally{OK: ok, Failed: failed}}, err
}

func (r *batchReader) counts() (*Histogram, error) {
	size, err := r.number("size of a histogram", len(r.rest))
	if err != nil {
		return nil, err
	}
	if size > len(r.rest) {
		return nil, fmt.Errorf("a histogram of %d bytes is cut short", size)
	}
	counts := r.rest[:size]
	r.rest = r.rest[size:]
	return readCounts(counts)
}

// number reads one of 0 to most.
func (r *batchReader) number(what string, most int) (int, error) {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		return 0, fmt.Errorf("the %s is cut short", what)
	}
	if v > uint64(most) {
		return 0, fmt.Errorf("the %s is %d, at most %d", what, v, most)
	}
	r.rest = r.rest[n:]
	return int(v), nil
}
