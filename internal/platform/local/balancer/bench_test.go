package balancer

import (
	"bufio"
	"io"
	"testing"
)

// BenchmarkRoundTrip is one small request and answer through the balancer.
func BenchmarkRoundTrip(b *testing.B) {
	c := start(b, RoundRobin)
	c.set(newBackend(b, "a"))
	conn := c.dial()
	in := bufio.NewReader(conn)
	if _, err := in.ReadString('\n'); err != nil {
		b.Fatal(err)
	}
	msg := make([]byte, 1500)
	for b.Loop() {
		if _, err := conn.Write(msg); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(in, msg); err != nil {
			b.Fatal(err)
		}
	}
}
