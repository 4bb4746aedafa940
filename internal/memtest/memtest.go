// Package memtest is what tests of bounded memory measure with. Only tests use it.
package memtest

import "runtime"

// MiB is a mebibyte.
const MiB = 1 << 20

// LiveHeap is how many bytes are alive.
func LiveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Smaller is whole, or less of it under the race detector, which makes such tests ten
// times as long and finds nothing in a single goroutine: `make test` runs them both ways.
func Smaller(whole, less int) int {
	if racing {
		return less
	}
	return whole
}
