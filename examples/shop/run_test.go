package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestEnd: a request in flight is answered after the end was asked for.
func TestEnd(t *testing.T) {
	o := quick(t)
	o.queryTime = 300 * time.Millisecond
	s := newShop(o)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	ended, answered := make(chan error, 1), make(chan int, 1)
	go func() { ended <- serve(ctx, s, listener) }()
	go func() {
		resp, err := http.Get("http://" + listener.Addr().String() + "/products")
		if err != nil {
			t.Error(err)
			close(answered)
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	for len(s.pool.slots) == 0 {
		time.Sleep(time.Millisecond)
	}
	end()
	if status := <-answered; status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args, says string
		code       int
	}{
		{"--help", "-query-time", 0},
		{"--pool 0", "shop: --pool", 2},
		{"--listen 127.0.0.1:99999", "choose another port with --port", 1},
	} {
		var stderr strings.Builder
		if code := run(t.Context(), strings.Fields(c.args), &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: exit code %d, %s", c.args, code, stderr.String())
		}
	}
}
