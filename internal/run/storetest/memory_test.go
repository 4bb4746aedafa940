package storetest

import "testing"

func TestMemory(t *testing.T) {
	t.Parallel()
	Suite(t, func(*testing.T) Place {
		m := NewMemory()
		return Place{Open: m.Open, Crash: m.Crash}
	})
}
