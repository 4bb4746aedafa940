package rundir

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestExperiment: only a file of the run's own folder is read.
func TestExperiment(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.json")
	write(t, secret, `{"token": "secret"}`)
	for name, tt := range map[string]struct {
		make func(path string) error
		want string
	}{
		"file":   {func(path string) error { return os.WriteFile(path, []byte(`{"a": 1}`), 0o600) }, `{"a": 1}`},
		"none":   {func(string) error { return nil }, ""},
		"link":   {func(path string) error { return os.Symlink(secret, path) }, ""},
		"pipe":   {func(path string) error { return syscall.Mkfifo(path, 0o600) }, ""},
		"folder": {func(path string) error { return os.Mkdir(path, 0o700) }, ""},
		"large":  {func(path string) error { return os.WriteFile(path, make([]byte, MaxExperiment+1), 0o600) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.make(filepath.Join(dir, ExperimentName)); err != nil {
				t.Fatal(err)
			}
			if got := Experiment(dir); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
