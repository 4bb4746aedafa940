package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/draft"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// TestStranger: for another machine there is one question, on a terminal; this test sends
// nothing to it.
func TestStranger(t *testing.T) {
	const other = "http://192.0.2.1" // RFC 5737: nobody's
	for name, tc := range map[string]struct {
		url, users, answer string
		yes, terminal      bool
		refusal, question  string
	}{
		"few users":         {url: other, users: "1,50"},
		"no terminal":       {url: other, users: "1,51", refusal: other + " is not this machine, and would be loaded with up to 51 users; give --yes if that is meant, or at most 50 with --users"},
		"--yes":             {url: other, users: "1000", yes: true},
		"y":                 {url: other, users: "51", terminal: true, answer: "y\n", question: "load " + other + "? [y/N] "},
		"YES":               {url: other, users: "51", terminal: true, answer: " YES\n", question: "load " + other + "? [y/N] "},
		"n":                 {url: other, users: "51", terminal: true, answer: "n\n", refusal: "nothing was loaded", question: "load " + other + "? [y/N] "},
		"no answer":         {url: other, users: "51", terminal: true, refusal: "nothing was loaded", question: "load " + other + "? [y/N] "},
		"this machine":      {url: "http://127.0.0.1:9", users: "1000"},
		"all of loopback":   {url: "http://127.5.5.5:9", users: "1000"},
		"this machine in 6": {url: "http://[::1]:9", users: "1000"},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := draft.Curl{URL: tc.url}.Request()
			if err != nil {
				t.Fatal(err)
			}
			a := &asked{once: &draft.Once{Request: *request}, settings: []experiment.Setting{{Field: experiment.FieldUsers, Origin: "--users", Value: tc.users}}}
			if a.source, err = a.once.Source(a.settings); err != nil {
				t.Fatal(err)
			}
			exp, err := a.load()
			if err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			env := &Env{Stdin: strings.NewReader(tc.answer), Stderr: &said, StderrWidth: func() int { return map[bool]int{true: 80}[tc.terminal] }, StdinIsTerminal: func() bool { return tc.terminal }}
			got := ""
			if err := (&strangerFlags{yes: tc.yes}).ask(t.Context(), a, exp, env); err != nil {
				got = err.Error()
			}
			if got != tc.refusal || !strings.HasSuffix(said.String(), tc.question) || (tc.question == "") != (said.String() == "") {
				t.Errorf("refusal %q, want %q; said %q", got, tc.refusal, said.String())
			}
		})
	}
}

// TestOwnAddress: an address of this machine is no stranger.
func TestOwnAddress(t *testing.T) {
	own := ownAddresses()
	if len(own) == 0 {
		t.Fatal("this machine has no address")
	}
	for ip := range own {
		if ip.Is4() && !onThisMachine(t.Context(), "http://"+ip.String()+":9") {
			t.Errorf("%v is another machine", ip)
		}
	}
}
