package cli

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// stops counts the commands that a run is given.
type stops struct{ atomic.Int32 }

func (s *stops) Stop() { s.Add(1) }

// TestStopAtEnd: an interrupt before the run or in it stops it; one after its end does not.
func TestStopAtEnd(t *testing.T) {
	for _, tt := range []struct {
		name            string
		before, in, end bool
		want            bool
	}{
		{name: "none"},
		{name: "before", before: true, want: true},
		{name: "in it", in: true, want: true},
		{name: "after", end: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				when := func(now bool) {
					if now {
						interrupt()
					}
					synctest.Wait()
				}
				var given stops
				when(tt.before)
				callOff := stopAtEnd(ctx, &given)
				if tt.before && given.Load() == 0 {
					t.Error("the run could have begun before it was stopped")
				}
				when(tt.in)
				callOff()
				when(tt.end)
				if (given.Load() > 0) != tt.want {
					t.Errorf("stopped %d times, want it: %t", given.Load(), tt.want)
				}
			})
		})
	}
}
