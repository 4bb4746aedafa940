package cli

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"regexp"
	"testing"
)

// TestProfiles asks for one by the address, and by a name that a web page may have.
func TestProfiles(t *testing.T) {
	var said bytes.Buffer
	stop, err := (&pprofFlag{"127.0.0.1:0"}).serve(&Env{Stderr: &said})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	at := regexp.MustCompile(`http://\S+`).FindString(said.String())
	for _, c := range []struct {
		path, host string
		want       int
	}{
		{"", "", http.StatusOK},
		{"heap", "", http.StatusOK},
		{"nothing", "", http.StatusNotFound},
		{"heap", "localhost:6060", http.StatusForbidden},
		{"heap", "evil.example", http.StatusForbidden},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = c.host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%q for %q: %s, want %d", c.path, c.host, resp.Status, c.want)
		}
	}
}

func TestProfilesOnlyHere(t *testing.T) {
	for _, address := range []string{"0.0.0.0:6060", ":6060", "[::]:6060", "192.0.2.1:6060", "localhost:6060", "127.0.0.1", "6060"} {
		if _, err := (&pprofFlag{address}).serve(&Env{}); !errors.As(err, new(usageError)) {
			t.Errorf("%s: %v", address, err)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if _, err := (&pprofFlag{taken.Addr().String()}).serve(&Env{}); err == nil || errors.As(err, new(usageError)) {
		t.Errorf("an address that is taken: %v", err)
	}
	for _, address := range []string{"127.0.0.1:1", "127.3.2.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"} {
		if !loopback(address) {
			t.Errorf("%s is not of this machine", address)
		}
	}
}
