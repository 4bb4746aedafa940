package stats

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// sampled has n values and a library's histogram of the same.
func sampled(n int, spread float64) (*Histogram, *hdrhistogram.Histogram) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	ours, theirs := NewHistogram(), newDense()
	for range n {
		v := int64(min(math.Exp(rng.NormFloat64()*spread)*50_000, HighestMicros)) + 1
		times := int64(1 + rng.IntN(300))
		ours.RecordN(v, times)
		_ = theirs.RecordValues(min(v, HighestMicros), times)
	}
	return ours, theirs
}

// TestAgainstLibrary: what is kept as a list and as an array, written and read here, is
// what the library keeps, writes and reads.
func TestAgainstLibrary(t *testing.T) {
	var enc Encoder
	var dec Decoder
	for _, n := range []int{0, 1, 2, 100, 5_000, 200_000} {
		ours, theirs := sampled(n, 3)
		if wantDense := n == 200_000; (ours.dense != nil) != wantDense {
			t.Errorf("n=%d: dense %v", n, ours.dense != nil)
		}
		for _, q := range []float64{.01, .5, .95, 1} {
			if got, want := ours.Quantile(q), (&Histogram{dense: theirs}).Quantile(q); got != want {
				t.Errorf("n=%d: quantile %v is %v, want %v", n, q, got, want)
			}
		}
		got, err := enc.Encode(ours)
		if err != nil {
			t.Fatal(err)
		}
		want, err := theirs.EncodeV2()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("n=%d: encoded as %.80s, the library says %.80s: %v", n, got, want, err)
		}
		back, err := dec.Decode(want)
		if err != nil || !same(back, ours) || back.Count() != theirs.TotalCount() {
			t.Errorf("n=%d: decoded %d, want %d: %v", n, back.Count(), theirs.TotalCount(), err)
		}
	}
}

func TestMergesOfBothForms(t *testing.T) {
	few, _ := sampled(50, 3)
	many, _ := sampled(200_000, 3)
	for _, c := range []struct{ a, b *Histogram }{{few, few}, {few, many}, {many, few}, {many, many}} {
		sum := NewHistogram()
		sum.Merge(c.a)
		sum.Merge(c.b)
		if sum.Count() != c.a.Count()+c.b.Count() {
			t.Errorf("%d values of %d and %d", sum.Count(), c.a.Count(), c.b.Count())
		}
		if got, want := sum.AtLeast(time.Second), c.a.AtLeast(time.Second)+c.b.AtLeast(time.Second); got != want {
			t.Errorf("%d of at least 1s, want %d", got, want)
		}
	}
}

// TestWiden: what is short stays a list, and what is made an array keeps its values.
func TestWiden(t *testing.T) {
	for _, n := range []int{0, 1, wideValues, wideValues + 1} {
		wide, list := NewHistogram(), NewHistogram()
		for i := range n {
			wide.RecordN(valueAt(i+1), int64(i+1))
			list.RecordN(valueAt(i+1), int64(i+1))
		}
		wide.Widen()
		if (wide.dense != nil) != (n > wideValues) || list.dense != nil || !same(wide, list) {
			t.Errorf("%d values: an array %v, %d requests of %d", n, wide.dense != nil, wide.Count(), list.Count())
		}
	}
}

// TestSize: a few values take little room, and whatever comes no more than an array.
func TestSize(t *testing.T) {
	few, _ := sampled(10, 3)
	if few.Size() > 700 {
		t.Errorf("10 values take %d bytes", few.Size())
	}
	all := NewHistogram()
	for i := range allCounts {
		all.RecordN(valueAt(i), math.MaxInt32)
	}
	if all.Size() > 200_000 {
		t.Errorf("all values take %d bytes", all.Size())
	}
}

func TestIndexesRoundTrip(t *testing.T) {
	for i := range allCounts {
		if v := valueAt(i); indexOf(v) != i || indexOf(highestEquivalent(v)) != i || indexOf(highestEquivalent(v)+1) != i+1 {
			t.Fatalf("index %d: value %d to %d", i, v, highestEquivalent(v))
		}
	}
}

// encodedAs is a histogram whose parts are as given, whatever they say.
func encodedAs(digits uint32, highest uint64, counts []byte) []byte {
	b := appendV2(nil, NewHistogram())[:headerV2]
	binary.BigEndian.PutUint32(b[4:], uint32(len(counts)))
	binary.BigEndian.PutUint32(b[12:], digits)
	binary.BigEndian.PutUint64(b[24:], highest)
	out := bytes.NewBuffer(make([]byte, outerHeader))
	zip := zlib.NewWriter(out)
	_, _ = zip.Write(append(b, counts...))
	_ = zip.Close()
	binary.BigEndian.PutUint32(out.Bytes(), cookieCompressed)
	binary.BigEndian.PutUint32(out.Bytes()[4:], uint32(out.Len()-outerHeader))
	return []byte(base64.StdEncoding.EncodeToString(out.Bytes()))
}

func TestDecodeRefuses(t *testing.T) {
	bomb := bytes.Repeat([]byte{2}, 4<<20)
	for _, c := range []struct {
		what string
		in   []byte
		err  string
	}{
		{"no base64", []byte("%"), "illegal base64"},
		{"nothing", nil, "does not begin"},
		{"short", []byte("HISTFAAA"), "does not begin"},
		{"another geometry", encodedAs(5, math.MaxInt64, []byte{2}), "with 5 digits, want"},
		{"too many counts", encodedAs(Digits, HighestMicros, bytes.Repeat([]byte{2}, allCounts+1)), "more than"},
		{"a bomb", encodedAs(Digits, HighestMicros, bomb), "bytes of counts and says"},
		{"a run of zeros", encodedAs(Digits, HighestMicros, appendZigZag(nil, math.MinInt64)), "a run of"},
		{"overflowing counts", encodedAs(Digits, HighestMicros, appendZigZag(appendZigZag(nil, math.MaxInt64), 1)), "overflow"},
		{"half a count", encodedAs(Digits, HighestMicros, []byte{0x80}), "ends within"},
	} {
		if _, err := DecodeHistogram(c.in); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.what, err, c.err)
		}
	}
}

// FuzzDecodeHistogram: what is read can be written and read again.
func FuzzDecodeHistogram(f *testing.F) {
	for _, n := range []int{0, 1, 100} {
		h, _ := sampled(n, 2)
		b, err := h.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := DecodeHistogram(b)
		if err != nil {
			return
		}
		again, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeHistogram(again); err != nil || !same(h, back) {
			t.Errorf("%d values become %d: %v", h.Count(), back.Count(), err)
		}
	})
}
