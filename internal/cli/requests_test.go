package cli

import (
	"testing"
	"time"
)

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                       "<1ms",
		999 * time.Microsecond:  "<1ms",
		time.Millisecond:        "1ms",
		1600 * time.Microsecond: "2ms",
		1234 * time.Millisecond: "1.234s",
	} {
		if got := took(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
