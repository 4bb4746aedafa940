package cli

import (
	"bytes"
	"fmt"
	"log"
	"strings"
	"testing"
)

func TestSayOnce(t *testing.T) {
	var out bytes.Buffer
	l := log.New(SayOnce(&out), "", 0)
	for i := range 1000 {
		l.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=<nil>", fmt.Sprint("body ", i))
		l.Print("http: superfluous response.WriteHeader call")
	}
	if want := "Unsolicited response received on idle HTTP channel starting with \"body 0\"; err=<nil>\nhttp: superfluous response.WriteHeader call\n"; out.String() != want {
		t.Errorf("said %q", out.String())
	}
	for i := range 1000 {
		l.Print(i, "\x1b[2J", strings.Repeat("x", i))
	}
	if n := strings.Count(out.String(), "\n"); n != maxKinds || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%d lines, want %d: %.200q", n, maxKinds, out.String())
	}
}
