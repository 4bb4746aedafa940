package worker

import (
	"testing"
	"time"
)

func TestOffsetTakesTheQuickestRound(t *testing.T) {
	c := newClock()
	e := estimator{clock: c}
	at := func(ms int) time.Time { return c.base.Add(time.Duration(ms) * time.Millisecond) }
	masterIsAhead := func(ms int) int64 { return c.local(at(ms)) + 5_000_000 }

	e.sent(at(0))
	e.answered(at(100), masterIsAhead(90)) // 40 ms off
	if got := c.offset.Load(); got != 5_040_000 {
		t.Fatalf("offset %d after the slow round", got)
	}
	e.sent(at(1000))
	e.answered(at(1002), masterIsAhead(1001))
	e.sent(at(2000))
	e.answered(at(2050), masterIsAhead(2049))
	if got := c.offset.Load(); got != 5_000_000 {
		t.Errorf("offset %d, want the quick round's", got)
	}
}

func TestAmbiguousAnswersAreNotMeasured(t *testing.T) {
	c := newClock()
	e := estimator{clock: c}
	e.sent(c.base)
	e.sent(c.base.Add(time.Second))
	e.answered(c.base.Add(time.Second), 1)
	e.answered(c.base.Add(time.Second), 1)
	if e.known() {
		t.Error("measured with two heartbeats unanswered")
	}
	e.sent(c.base)
	e.answered(c.base, 0)
	if e.known() {
		t.Error("measured a master that tells no time")
	}
}

func TestFrozenOffsetStays(t *testing.T) {
	c := newClock()
	e := estimator{clock: c}
	e.sent(c.base)
	e.answered(c.base.Add(2*time.Millisecond), c.base.UnixMicro()+1000)
	e.freeze()
	e.sent(c.base)
	e.answered(c.base, c.base.UnixMicro()+7)
	if got := c.offset.Load(); got != 0 {
		t.Errorf("offset moved to %d in a test", got)
	}
	e.thaw()
	if got := c.offset.Load(); got != 7 {
		t.Errorf("offset %d after the test, want 7", got)
	}
}

func TestSecondRoundsDown(t *testing.T) {
	for _, tc := range [][2]int64{{0, 0}, {999_999, 0}, {1_000_000, 1}, {-1, -1}, {-1_000_000, -1}} {
		if got := unixSecond(tc[0]); got != tc[1] {
			t.Errorf("%d is in second %d, want %d", tc[0], got, tc[1])
		}
	}
}
