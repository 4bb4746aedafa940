package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// hostileName is a worker's that would clear the screen, rename the window and turn the
// text around.
const hostileName = "w\x1b[2J\x1b]0;owned\x07\u009b1A\r\u202eretsam"

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		hostileName:             `w\u001b[2J\u001b]0;owned\u0007\u009b1A\u000d\u202eretsam`,
		"a\tb\n":                "a\tb\n",
		"größer … 日本\n":         "größer … 日本\n",
		"not UTF-8: \xff\xfe\n": "not UTF-8: \xff\xfe\n",
		"\x00\x7f":              `\u0000\u007f`,
		"":                      "",
	} {
		var out bytes.Buffer
		if n, err := (visible{&out}).Write([]byte(in)); n != len(in) || err != nil || out.String() != want {
			t.Errorf("%q: %q, %d of %d bytes, %v; want %q", in, out.String(), n, len(in), err, want)
		}
	}
	var out bytes.Buffer
	if err := json.NewEncoder(visible{&out}).Encode(hostileName); err != nil {
		t.Fatal(err)
	}
	var back string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back != hostileName {
		t.Errorf("JSON reads %q, %v", back, err)
	}
}

// TestWorkersNamesAreNoCommands: lines and bars show what a worker calls itself.
func TestWorkersNamesAreNoCommands(t *testing.T) {
	rec := &result.Record{Status: result.Invalid, Reasons: []string{"worker " + hostileName + " was lost"}, Terminal: true}
	for name, width := range map[string]int{"lines": 0, "bars": 200} {
		var screen bytes.Buffer
		env := &Env{Stderr: visible{&screen}, StderrWidth: func() int { return width }}
		show := newProgress(env, false, false, "results/x")
		show.observe(run.Event{Type: run.AttemptStarted, Total: 1, ScenarioLength: 1, Message: hostileName})
		show.observe(run.Event{Type: run.AttemptFinished, Record: rec, Message: hostileName})
		show.say(hostileName)
		show.close()
		own := strings.ReplaceAll(screen.String(), "\x1b[1A\x1b[2K", "")
		if i := strings.IndexFunc(own, commands); i >= 0 {
			t.Errorf("%s: %q", name, own[i:])
		}
		if got := strings.Count(own, `\u001b[2J`); got < 2 {
			t.Errorf("%s: the name is not shown: %s", name, own)
		}
		if moved := width > 0; strings.Contains(screen.String(), "\x1b[1A\x1b[2K") != moved {
			t.Errorf("%s: %q", name, screen.String())
		}
	}
	// Messages that are no events go the same way.
	var said bytes.Buffer
	code := Main(&Env{
		Args: []string{hostileName}, Stdout: &said, Stderr: &said,
		Getenv: func(string) string { return "" }, LookupEnv: func(string) (string, bool) { return "", false },
		StdoutWidth: func() int { return 0 }, StderrWidth: func() int { return 0 },
	})
	if code != ExitUsage || strings.IndexFunc(said.String(), commands) >= 0 {
		t.Errorf("exit code %d: %s", code, fmt.Sprintf("%q", said.String()))
	}
}
