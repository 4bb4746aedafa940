package cli

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// viewing is `swarmgrid view` as it runs.
type viewing struct {
	url       string
	said      *lockedBuffer
	interrupt chan<- os.Signal
	ended     <-chan int
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// view starts it, and waits until it says where it is.
func view(t *testing.T, args ...string) viewing {
	t.Helper()
	interrupts, ended, out, said := make(chan os.Signal, 1), make(chan int, 1), newPipe(), &lockedBuffer{}
	go func() {
		ended <- Main(&Env{
			Args: append([]string{"view"}, args...), Getenv: func(string) string { return "" }, Stdout: out.w, Stderr: said,
			StdoutWidth: func() int { return 0 }, StderrWidth: func() int { return 0 }, Interrupts: interrupts,
			Exit: func(int) { panic("ended at once") },
		})
		_ = out.w.Close()
	}()
	url, err := bufio.NewReader(out.r).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return viewing{strings.TrimSpace(url), said, interrupts, ended}
}

type pipe struct {
	r *io.PipeReader
	w *io.PipeWriter
}

func newPipe() pipe { r, w := io.Pipe(); return pipe{r, w} }

// end interrupts it as Ctrl-C does, and returns its exit code.
func (v viewing) end(t *testing.T) int {
	t.Helper()
	v.interrupt <- os.Interrupt
	select {
	case code := <-v.ended:
		return code
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
		return 0
	}
}

func get(t *testing.T, client *http.Client, url, host string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

const format1 = "testdata/format1"

// TestView starts it on loopback, asks, and ends it by an interrupt.
func TestView(t *testing.T) {
	v := view(t, format1)
	if !strings.HasPrefix(v.url, "http://127.0.0.1:") || strings.Contains(v.url, "token") {
		t.Errorf("its address is %s", v.url)
	}
	if code, body := get(t, http.DefaultClient, v.url+"api/runs", ""); code != http.StatusOK || !strings.Contains(body, `"id":"own"`) || !strings.Contains(body, `"id":"mix"`) {
		t.Errorf("the list: %d %s", code, body)
	}
	if code, body := get(t, http.DefaultClient, v.url+"api/runs/own", ""); code != http.StatusOK || !strings.Contains(body, `"version":1`) {
		t.Errorf("a run: %d %.300s", code, body)
	}
	if code, body := get(t, http.DefaultClient, v.url+"api/runs", "evil.example"); code != http.StatusForbidden || !strings.Contains(body, "--allowed-hosts") {
		t.Errorf("for another name: %d %s", code, body)
	}
	if code := v.end(t); code != ExitOK {
		t.Errorf("exit code %d after Ctrl-C", code)
	}
	if said := v.said.String(); said != "showing 2 runs of testdata/format1; Ctrl-C ends it\n" {
		t.Errorf("it said %q", said)
	}
}

// TestViewBeyondLoopback: other machines need the token that is in the address.
func TestViewBeyondLoopback(t *testing.T) {
	v := view(t, filepath.Join(format1, "own"), "--listen", "0.0.0.0:0", "--allowed-hosts", "load.example")
	at, token, found := strings.Cut(v.url, "?token=")
	if !found || len(token) < 20 || strings.Contains(at, "[::]") {
		t.Fatalf("its address is %s", v.url)
	}
	at = "http://127.0.0.1" + at[strings.LastIndex(at, ":"):]
	if code, body := get(t, http.DefaultClient, at+"api/runs", ""); code != http.StatusUnauthorized {
		t.Errorf("without the token: %d %s", code, body)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if code, body := get(t, &http.Client{Jar: jar}, at+"?token="+token, "load.example"); code != http.StatusOK || !strings.Contains(body, "<title>Swarmgrid</title>") {
		t.Errorf("with it: %d %.300s", code, body)
	}
	if code, body := get(t, &http.Client{Jar: jar}, at+"api/runs", "load.example"); code != http.StatusOK || !strings.Contains(body, `"id":"own"`) {
		t.Errorf("the list: %d %s", code, body)
	}
	if code := v.end(t); code != ExitOK || !strings.Contains(v.said.String(), "not encrypted") {
		t.Errorf("exit code %d: %s", code, v.said)
	}
}

// TestReachable: what is printed leads to this machine from another one.
func TestReachable(t *testing.T) {
	own := func(texts ...string) (addrs []net.Addr) {
		for _, text := range texts {
			ip, network, err := net.ParseCIDR(text)
			if err != nil {
				t.Fatal(err)
			}
			addrs = append(addrs, &net.IPNet{IP: ip, Mask: network.Mask})
		}
		return addrs
	}
	local := []string{"127.0.0.1/8", "::1/128", "fe80::1/64"}
	for _, c := range []struct {
		ip       net.IP
		own      []net.Addr
		at, hint string
	}{
		{net.IPv4(192, 0, 2, 7), own("192.0.2.9/24"), "192.0.2.7:80", ""},
		{net.IPv6unspecified, own(append(local, "192.0.2.9/24", "192.0.2.8/24")...), "192.0.2.9:80", "another one"},
		{net.IPv4zero, own(append(local, "2001:db8::9/64")...), "[2001:db8::9]:80", "another one"},
		{net.IPv6unspecified, own(local...), "127.0.0.1:80", "in place of 127.0.0.1"},
	} {
		at, hint := reachable(&net.TCPAddr{IP: c.ip, Port: 80}, c.own)
		if at != c.at || !strings.Contains(hint, c.hint) || (hint == "") != (c.hint == "") {
			t.Errorf("%v on %v: %s%s, want %s", c.ip, c.own, at, hint, c.at)
		}
	}
}

// TestViewAddressTaken: the message says what to do.
func TestViewAddressTaken(t *testing.T) {
	v := view(t, format1)
	taken := strings.Trim(strings.TrimPrefix(v.url, "http://"), "/")
	var said bytes.Buffer
	code := Main(&Env{
		Args: []string{"view", format1, "--listen", taken}, Getenv: func(string) string { return "" }, Stdout: io.Discard, Stderr: &said,
		StdoutWidth: func() int { return 0 }, StderrWidth: func() int { return 0 }, Interrupts: make(chan os.Signal),
	})
	if code != ExitFailed || !strings.Contains(said.String(), taken) || !strings.Contains(said.String(), "127.0.0.1:0 takes any free port") {
		t.Errorf("exit code %d: %s", code, said.String())
	}
	if code := v.end(t); code != ExitOK {
		t.Errorf("exit code %d", code)
	}
}
