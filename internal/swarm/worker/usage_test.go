package worker

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	u := newUsage()
	start := u.at
	for spins := 0; cpuTime()-u.cpu < 100*time.Millisecond; spins++ {
		runtime.KeepAlive(spins)
	}
	u.allowed = 1
	cpu, memory := u.measure(start.Add(time.Second))
	if cpu < 9 || cpu > 100 || memory < 1<<20 {
		t.Errorf("cpu %.1f %%, memory %d", cpu, memory)
	}
	if again, _ := u.measure(start.Add(time.Second + time.Millisecond)); again != cpu {
		t.Errorf("%.1f %% after a millisecond, %.1f before", again, cpu)
	}
}

func TestCgroupQuota(t *testing.T) {
	for _, tc := range []struct {
		name, self, file, content string
		want                      float64
	}{
		{"half", "0::/pod/a\n", "pod/a/cpu.max", "50000 100000\n", 0.5},
		{"container", "0::/\n", "cpu.max", "150000 100000", 1.5},
		{"no limit", "0::/\n", "cpu.max", "max 100000\n", 0},
		{"nonsense", "0::/\n", "cpu.max", "x", 0},
		{"nothing", "", "other", "", 0},
	} {
		root := t.TempDir()
		path := filepath.Join(root, tc.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		self := filepath.Join(root, "self")
		for name, content := range map[string]string{path: tc.content, self: tc.self} {
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := cgroupQuota(self, root); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
