package alarm_test

import (
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/alarm"
)

// TestNew: an alarm is never early, lost, or answered twice. How late it is depends on the
// machine.
func TestNew(t *testing.T) {
	fired := make(chan time.Time, 10)
	a, err := alarm.New(func() { fired <- time.Now() })
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{0, time.Microsecond, 3 * time.Millisecond} {
		began := time.Now()
		a.Set(time.Hour) // replaced
		a.Set(d)
		if early := d - (<-fired).Sub(began); early > 0 {
			t.Errorf("fires %v early after %v", early, d)
		}
	}
	a.Set(time.Hour)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if len(fired) > 0 {
		t.Error("fires again")
	}
}
