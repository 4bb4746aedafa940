package run

import (
	"runtime"
	"testing"
)

func TestThisMachine(t *testing.T) {
	m := ThisMachine()
	if m.OS != runtime.GOOS || m.CPUs < 1 || m.Go == "" {
		t.Errorf("%+v", m)
	}
	if runtime.GOOS == "linux" && (m.Kernel == "" || m.Memory < 1<<20) {
		t.Errorf("without its kernel or its memory: %+v", m)
	}
}

func TestMemTotal(t *testing.T) {
	for text, want := range map[string]int64{
		"MemTotal:        8145628 kB\nMemFree: 1 kB\n": 8145628 * 1024, "MemFree: 1 kB\n": 0, "MemTotal: many kB\n": 0, "": 0,
	} {
		if got := memTotal(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
