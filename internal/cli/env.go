// Package cli is the command line: one file per command, which turns flags into
// calls and results into text. It owns no logic. Main is the whole program as a
// function of its Env, so tests run it without a process.
package cli

import (
	"io"
	"os"
)

// Env is everything of the process that a command may touch.
type Env struct {
	// Args are the arguments after the program's name.
	Args []string
	// Getenv and LookupEnv read the environment.
	Getenv    func(string) string
	LookupEnv func(string) (string, bool)
	// Stdout gets the result, Stderr the progress and messages.
	Stdout, Stderr io.Writer
	// StdoutWidth and StderrWidth are the terminal's width; 0 for what is no terminal.
	StdoutWidth, StderrWidth func() int
	// Stdin feeds the balancer, and may hold an experiment, a body or an answer.
	Stdin io.Reader
	// StdinIsTerminal tells whether there is somebody to ask.
	StdinIsTerminal func() bool
	// Interrupts delivers SIGINT, SIGTERM and SIGHUP; see the function of that name.
	Interrupts <-chan os.Signal
	// Exit ends the process at once.
	Exit func(code int)
	// Executable is the path of this program, for the processes it starts.
	Executable string
	// CacheDir is the user's cache directory; empty when there is none.
	CacheDir string
	// TempDir is for what need not survive a reboot.
	TempDir string
}

// Version is the program's version, set by the linker in releases.
const Version = "0.1.0-dev"
