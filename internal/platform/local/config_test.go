package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigProblems(t *testing.T) {
	good := func() Config { return testConfig("run", "locks") }
	for want, spoil := range map[string]func(*Config){
		"lock directory":            func(c *Config) { c.LockDir = "" },
		"balancer is missing":       func(c *Config) { c.Self = nil },
		"either a command or a URL": func(c *Config) { c.TargetURL = "http://x" },
		`"worst"`:                   func(c *Config) { c.Balance = "worst" },
		"worker: command is empty":  func(c *Config) { c.Worker = &Workload{} },
		"must begin with /":         func(c *Config) { c.Target.ReadyPath = "healthz" },
		"needs {{port}} in":         func(c *Config) { c.Worker.ReadyPath = "/" },
		"port that a replica has":   func(c *Config) { c.Target = &Workload{Command: []string{"x"}} },
		"the master is not managed": func(c *Config) { c.Master, c.Worker.Command = nil, []string{"x", "{{master.port2}}"} },
	} {
		cfg := good()
		spoil(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want %q", err, want)
		}
	}
	if _, err := New(good()); err != nil {
		t.Error(err)
	}
}

func TestDigestTellsTargetsApart(t *testing.T) {
	cfg := func(change func(*Config)) string {
		c := testConfig("run", "locks")
		change(&c)
		return c.withDefaults().TargetID
	}
	same := cfg(func(*Config) {})
	if same != cfg(func(c *Config) { c.Worker = nil }) {
		t.Error("the worker changes the target's identity")
	}
	for i, other := range []string{
		cfg(func(c *Config) { c.Target.Command = append(c.Target.Command, "x") }),
		cfg(func(c *Config) { c.Target.Env = map[string]string{"a": "b"} }),
		cfg(func(c *Config) { c.Target, c.TargetURL = nil, "http://x" }),
	} {
		if other == same {
			t.Errorf("change %d does not change the target's identity", i)
		}
	}
}

// TestDigestKnowsOtherSpellings: the lock is on the target, not on how it is written.
func TestDigestKnowsOtherSpellings(t *testing.T) {
	url := func(u string) string { return digest(nil, u) }
	for _, u := range []string{"http://localhost:18000/", "http://[::1]:18000", "http://127.9.9.9:18000", "http://0.0.0.0:18000", "HTTP://LocalHost:18000"} {
		if url(u) != url("http://127.0.0.1:18000") {
			t.Errorf("%s is another target than http://127.0.0.1:18000", u)
		}
	}
	if url("http://127.0.0.1:18000") == url("http://127.0.0.1:18001") {
		t.Error("another port is the same target")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	if err := errors.Join(
		os.Mkdir("bin", 0o755), os.WriteFile("bin/serve", nil, 0o755), os.Symlink("bin/serve", "link"),
		os.WriteFile("bin/other", nil, 0o755),
	); err != nil {
		t.Fatal(err)
	}
	command := func(argv ...string) string { return digest(&Workload{Command: argv}, "") }
	want := command(filepath.Join(dir, "bin", "serve"), "-x")
	for _, program := range []string{"serve", "bin/serve", "./bin/serve", "bin/../bin/serve", "./link"} {
		if command(program, "-x") != want {
			t.Errorf("%s is another target than %s/bin/serve", program, dir)
		}
	}
	if command("serve", "-y") == want || command("other", "-x") == want || command("none", "-x") == want {
		t.Error("another command is the same target")
	}
	if digest(&Workload{Command: []string{"./serve", "-x"}, Dir: "bin"}, "") != digest(&Workload{Command: []string{"../bin/serve", "-x"}, Dir: "bin"}, "") {
		t.Error("a program is not looked for in its directory")
	}
}

// TestDigestKnowsTheFolder: the folder is part of a target only if the command uses
// something in it.
func TestDigestKnowsTheFolder(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"a", "b"} {
		if err := errors.Join(os.Mkdir(filepath.Join(dir, folder), 0o755), os.WriteFile(filepath.Join(dir, folder, "server.js"), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	in := func(folder string, args ...string) string {
		return digest(&Workload{Command: append([]string{"true"}, args...), Dir: filepath.Join(dir, folder)}, "")
	}
	if in("a", "--port", "{{port}}", "") != in("b", "--port", "{{port}}", "") {
		t.Error("a program that takes nothing from its folder is another target in another")
	}
	if in("a", "server.js") == in("b", "server.js") {
		t.Error("the files of two folders are one target")
	}
	if in("a", "server.js") != in("a", "./server.js") || in("a", "server.js") != in("b", "../a/server.js") || in("a", "server.js") != in("b", filepath.Join(dir, "a", "server.js")) {
		t.Error("a file is another target when it is written in another way")
	}
}
