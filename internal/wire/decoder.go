package wire

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

const (
	// maxDepth is far beyond Locust's messages, which nest five deep.
	maxDepth = 32
	// maxElements bounds how many values one payload may hold: a report of 5,000 endpoints of
	// 300 buckets has 1.5 million. In Go they take 40 bytes each at most.
	maxElements = 1_800_000
)

var (
	errDepth    = errors.New("msgpack is nested too deeply")
	errElements = errors.New("msgpack has too many elements")
)

// decoder reads msgpack values one after the other. After the first error all
// reads return zeros and leave err as it is, so that callers check once.
type decoder struct {
	b      []byte
	err    error
	depth  int
	budget int
	// key is the field being read, for errors.
	key string
}

func newDecoder(b []byte) *decoder { return &decoder{b: b, budget: maxElements} }

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.b = nil
}

// spend takes n elements out of the budget.
func (d *decoder) spend(n int) bool {
	if d.budget -= n; d.budget < 0 {
		d.fail(errElements)
	}
	return d.err == nil
}

func (d *decoder) next() msgp.Type {
	if d.err != nil || len(d.b) == 0 {
		d.fail(msgp.ErrShortBytes)
		return msgp.InvalidType
	}
	return msgp.NextType(d.b)
}

// read runs one of msgp's ReadXxxBytes.
func read[T any](d *decoder, f func([]byte) (T, []byte, error)) T {
	var zero T
	if d.err != nil {
		return zero
	}
	v, rest, err := f(d.b)
	if err != nil {
		d.fail(err)
		return zero
	}
	d.b = rest
	return v
}

// str reads a string; bytes count as one, and anything else as an empty one.
// Invalid UTF-8 is replaced.
func (d *decoder) str() string { return strings.ToValidUTF8(string(d.bin()), "\uFFFD") }

// bin reads bytes without copying them; a string counts as bytes, and anything else as none.
func (d *decoder) bin() []byte {
	switch d.next() {
	case msgp.StrType:
		return read(d, msgp.ReadStringZC)
	case msgp.BinType:
		return read(d, msgp.ReadBytesZC)
	}
	d.skip()
	return nil
}

// optStr reads a string; nil counts as absent.
func (d *decoder) optStr() *string {
	if d.next() == msgp.NilType {
		d.skip()
		return nil
	}
	s := d.str()
	return &s
}

// num reads any finite number; anything else but a number counts as 0.
// Python's workers send ints and floats for the same key (locust-protocol.md 3).
func (d *decoder) num() float64 {
	switch d.next() {
	case msgp.IntType:
		return float64(read(d, msgp.ReadInt64Bytes))
	case msgp.UintType:
		return float64(read(d, msgp.ReadUint64Bytes))
	case msgp.Float32Type:
		return d.finite(float64(read(d, msgp.ReadFloat32Bytes)))
	case msgp.Float64Type:
		return d.finite(read(d, msgp.ReadFloat64Bytes))
	}
	d.skip()
	return 0
}

func (d *decoder) finite(f float64) float64 {
	if f != finite(f) {
		d.fail(fmt.Errorf("%s is %g", d.key, f))
		return 0
	}
	return f
}

func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// The bounds of a measurement. Sums of millions of them stay finite, and exact.
const (
	// maxCount bounds the requests, users or bytes of one message.
	maxCount = 1 << 40
	// maxMillis bounds a sum of response times, at some thousand years.
	maxMillis = 1e14
	// maxUnix bounds a moment in Unix seconds, in the year 5138.
	maxUnix = 1e11
	// maxPercent bounds processor time, on machines with thousands of processors.
	maxPercent = 1e6
)

// within reads a number from 0 to most; another one cannot have been measured.
func (d *decoder) within(most float64) float64 {
	f := d.num()
	if f < 0 || f > most {
		d.fail(fmt.Errorf("%s is %g, want 0 to %g", d.key, f, most))
		return 0
	}
	return f
}

// int reads any number as an integer, rounded and clamped to its range.
func (d *decoder) int() int64 {
	if d.next() == msgp.IntType {
		return read(d, msgp.ReadInt64Bytes)
	}
	f := math.Round(d.num())
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// bool reads a truth value; anything else counts as false.
func (d *decoder) bool() bool {
	if d.next() == msgp.BoolType {
		return read(d, msgp.ReadBoolBytes)
	}
	d.skip()
	return false
}

// count reads a number that can be a count.
func (d *decoder) count() int64 {
	n := d.int()
	if n < 0 || n > maxCount {
		d.fail(fmt.Errorf("%s is %d, want 0 to %d", d.key, n, int64(maxCount)))
		return 0
	}
	return n
}

// optWithin reads a number as within does; anything else counts as absent.
func (d *decoder) optWithin(most float64) *float64 {
	switch d.next() {
	case msgp.IntType, msgp.UintType, msgp.Float32Type, msgp.Float64Type:
	default:
		d.skip()
		return nil
	}
	f := d.within(most)
	return &f
}

// each reads an array and calls f for each element; anything else counts as empty.
func (d *decoder) each(f func()) {
	if d.next() != msgp.ArrayType {
		d.skip()
		return
	}
	d.nested(read(d, msgp.ReadArrayHeaderBytes), f)
}

// pairs reads a map and calls f before each pair, to read the key and the value;
// anything else counts as empty.
func (d *decoder) pairs(f func()) {
	if d.next() != msgp.MapType {
		d.skip()
		return
	}
	d.nested(read(d, msgp.ReadMapHeaderBytes), f)
}

// nested believes n only as far as there are bytes: each element needs one.
func (d *decoder) nested(n uint32, f func()) {
	if d.depth++; d.depth > maxDepth {
		d.fail(errDepth)
	}
	defer func() { d.depth-- }()
	for ; n > 0 && d.spend(1); n-- {
		f()
	}
}

// fields reads a map with text keys; f reads the value of a key, or returns false to have it
// skipped.
func (d *decoder) fields(f func(key string) bool) {
	d.pairs(func() {
		key := d.str()
		d.key = key
		if !f(key) {
			d.skip()
		}
	})
}

// skip reads over one value of any type.
func (d *decoder) skip() {
	switch d.next() {
	case msgp.ArrayType:
		d.nested(read(d, msgp.ReadArrayHeaderBytes), d.skip)
	case msgp.MapType:
		d.nested(read(d, msgp.ReadMapHeaderBytes), func() { d.skip(); d.skip() })
	case msgp.InvalidType:
		d.fail(errors.New("msgpack has an invalid byte"))
	default:
		d.skipFlat()
	}
}

// skipFlat uses msgp's Skip, which recurses for arrays and maps only.
func (d *decoder) skipFlat() {
	rest, err := msgp.Skip(d.b)
	if err != nil {
		d.fail(err)
		return
	}
	d.b = rest
}

// raw returns the bytes of one value, having checked them to be well formed.
func (d *decoder) raw() []byte {
	start := d.b
	d.skip()
	if d.err != nil {
		return nil
	}
	return start[:len(start)-len(d.b)]
}

// finish returns the first error, or one about bytes that are left over.
func (d *decoder) finish(what string) error {
	if d.err == nil && len(d.b) > 0 {
		d.err = fmt.Errorf("%d bytes too many", len(d.b))
	}
	if d.err != nil {
		return fmt.Errorf("decoding %s: %w", what, d.err)
	}
	return nil
}
