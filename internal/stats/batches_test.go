package stats

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lognormal are batches of a window in which so many requests a second ended.
func lognormal(seconds, perSecond int) Batches {
	random := rand.New(rand.NewPCG(uint64(perSecond), 1))
	b := NewBatches(seconds)
	for second := range seconds {
		for range perSecond {
			b.At(second).OK.RecordN(int64(20_000*math.Exp(.6*random.NormFloat64())), 1)
		}
	}
	return b
}

func TestNewBatches(t *testing.T) {
	for seconds, want := range map[int][]int{
		1: {1}, 4: {1, 1, 1, 1}, 10: {1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
		14: {1, 1, 2, 1, 2, 1, 1, 2, 1, 2}, 120: {12, 12, 12, 12, 12, 12, 12, 12, 12, 12},
	} {
		b := NewBatches(seconds)
		var got []int
		for _, part := range b {
			got = append(got, part.Seconds)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d seconds (-want +got)\n%s", seconds, diff)
		}
		for second := range seconds {
			b.At(second).Failed.Record(time.Second)
		}
		for i, part := range b {
			if part.Requests() != int64(part.Seconds) {
				t.Errorf("%d seconds: batch %d of %d s has the requests of %d s", seconds, i, part.Seconds, part.Requests())
			}
		}
	}
}

// TestBatchesRoundTrip: counts stay, and no value gets larger, or smaller by more than Coarse.
func TestBatchesRoundTrip(t *testing.T) {
	b := lognormal(14, 300)
	b.At(3).Failed.Record(time.Millisecond)
	b.At(13).OK.Record(time.Hour)
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeBatches(text)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range b {
		if got[i].Seconds != want.Seconds || got[i].OK.Count() != want.OK.Count() || got[i].Failures() != want.Failures() {
			t.Errorf("batch %d: %d s, %d and %d; want %d s, %d and %d", i, got[i].Seconds, got[i].OK.Count(), got[i].Failures(), want.Seconds, want.OK.Count(), want.Failures())
		}
	}
	for _, q := range []float64{0, .01, .5, .95, .99, 1} {
		was, is := b.Total().OK.Quantile(q).Seconds(), got.Total().OK.Quantile(q).Seconds()
		if is > was || is*(1+Coarse) < was*.999 {
			t.Errorf("the %v quantile was %v and is %v", q, was, is)
		}
	}
}

// TestBatchesSize: what a journal has to hold does not grow with the load.
func TestBatchesSize(t *testing.T) {
	for perSecond, most := range map[int]int{2: 600, 20: 2200, 200: 5500, 2000: 11_000} {
		text, err := lognormal(120, perSecond).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > most {
			t.Errorf("%d requests a second: %d bytes, want at most %d", perSecond, len(text), most)
		}
	}
}

func TestDecodeBatchesRefuses(t *testing.T) {
	whole, err := lognormal(5, 5).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":              "EOF",
		"?":             "illegal base64",
		"AAAA":          "invalid header",
		whole[:20]:      "unexpected EOF",
		zipped(11):      "the number of batches is 11, at most 10",
		zipped(1):       "batch 1: the length is cut short",
		zipped(1, 1, 9): "the size of a histogram is 9, at most 1",
		zipped(0, 0):    "1 bytes follow the last batch",
	} {
		if _, err := DecodeBatches(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func zipped(plain ...byte) string {
	var out bytes.Buffer
	zip := zlib.NewWriter(&out)
	_, _ = zip.Write(plain)
	_ = zip.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func FuzzDecodeBatches(f *testing.F) {
	for _, b := range []Batches{{}, NewBatches(3), lognormal(12, 20)} {
		text, err := b.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := DecodeBatches(text)
		if err != nil {
			return
		}
		again, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeBatches(again); err != nil {
			t.Errorf("what was decoded does not decode again: %v", err)
		}
	})
}
