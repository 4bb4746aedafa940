package httpuser

import (
	"slices"
	"testing"
	"time"
)

// heard is a Recorder that keeps what it is told.
type heard []string

func (h *heard) Begin(int, int, time.Time) { *h = append(*h, "begin") }
func (h *heard) Record(int, Sample)        { *h = append(*h, "record") }
func (h *heard) Abandon(int)               { *h = append(*h, "abandon") }

// TestLookingUpIsNotUnderWay: while a name is looked up nothing is under way at the
// target, and what a lookup says after its request is over changes nothing.
func TestLookingUpIsNotUnderWay(t *testing.T) {
	var h heard
	v := &voice{to: &h}
	v.lookUp(true)
	v.begin(0, time.Now())
	v.lookUp(false)
	v.lookUp(true)
	v.record(Sample{})
	v.lookUp(false)
	v.begin(0, time.Now())
	v.abandon()
	v.lookUp(true)
	v.silence()
	v.begin(0, time.Now())
	v.lookUp(false)
	want := []string{"begin", "abandon", "begin", "record", "begin", "abandon"}
	if !slices.Equal(h, want) {
		t.Errorf("told %v, want %v", h, want)
	}
}
