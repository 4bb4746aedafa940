package httpuser

import (
	"bufio"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// rawServer lets answer deal with each connection, which is closed after it.
func rawServer(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// requestLines answers every request and delivers its first line, as it came.
func requestLines(t *testing.T, answer func(line string) string) (string, <-chan string) {
	lines := make(chan string, 100)
	return rawServer(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			for head := line; strings.TrimSpace(head) != ""; {
				if head, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			line = strings.TrimSpace(line)
			lines <- line
			if _, err := c.Write([]byte(answer(line))); err != nil {
				return
			}
		}
	}), lines
}

const emptyOK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// TestRequestLine: what is sent is what the file says, except for bytes that may not occur
// in a request line.
func TestRequestLine(t *testing.T) {
	host, lines := requestLines(t, func(string) string { return emptyOK })
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"ODD": "a#b %\x01", "ESCAPED": "%2F"}[name]
		return v, ok
	}
	for _, tc := range []struct{ base, path, want string }{
		{"", "/100%", "/100%25"},
		{"", "/100%/x", "/100%25/x"},
		{"", "/%zz/%4", "/%25zz/%254"},
		{"", "/%41%2f%2F%C3%bc", "/%41%2f%2F%C3%bc"},
		{"", "/a?q=50%&r=%20", "/a?q=50%25&r=%20"},
		{"", "/{{seq}}%", "/1%25"},
		{"", "//a%/b", "//a%25/b"},
		{"", "//a/b?", "//a/b?"},
		{"", "/a?", "/a?"},
		{"", "/a??b=/../c", "/a??b=/../c"},
		{"", "/a/../b/./c", "/a/../b/./c"},
		{"", "/a[1]/b:c@d;e=f,g'h(i)!*$~", "/a[1]/b:c@d;e=f,g'h(i)!*$~"},
		{"", "/a b#frag", "/a%20b"},
		{"", `/{{env "ODD"}}/x`, "/a%23b%20%25%01/x"},
		{"", "/{{seq}}{{env `ODD`}}#frag", "/1a%23b%20%25%01"},
		{"", `/{{env "ESCAPED"}}`, "/%2F"},
		{"", "/{{repeat 2 `#`}}", "/%23,%23"},
		{"/api%2Fv1/%7Eme", "/x", "/api%2Fv1/%7Eme/x"},
		{"/a b", "/x", "/a%20b/x"},
		{"/api//", "//x", "/api//x"},
	} {
		p, err := Compile(swarmfile(v1alpha1.Request{Path: tc.path}), Options{LookupEnv: env})
		if err != nil {
			t.Fatal(err)
		}
		test, err := p.Bind(host+tc.base, &samples{}, new(template.Sequence), 1)
		if err != nil {
			t.Fatal(err)
		}
		u, err := test.NewUser("Client", 0)
		if err != nil {
			t.Fatal(err)
		}
		u.Step(t.Context())
		u.Close()
		if diff := cmp.Diff("GET "+tc.want+" HTTP/1.1", <-lines); diff != "" {
			t.Errorf("%s%s: %s", tc.base, tc.path, diff)
		}
	}
}
