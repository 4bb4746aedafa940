// Command shop is an example of a service of one's own, to measure with Swarmgrid: a
// catalogue, a login, orders, and a database of which it only plays the waiting.
//
// What limits it is its pool of database connections: each query keeps one of --pool
// connections busy for --query-time, so that one replica serves at most
// pool ÷ query-time queries a second, 4 ÷ 40 ms = 100 unless told otherwise. An order
// is two queries, every other request one; /healthz and /openapi.json need none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// run serves as the arguments say until ctx ends, and returns the exit code.
func run(ctx context.Context, args []string, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "shop: %v\n", err)
		return 2
	}
	if err := listenAndServe(ctx, o, stderr); err != nil {
		fmt.Fprintf(stderr, "shop: %v\n", err)
		return 1
	}
	return 0
}

// drainTime is how long requests in flight may take once the end was asked for.
const drainTime = 10 * time.Second

func listenAndServe(ctx context.Context, o options, stderr io.Writer) error {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w; choose another port with --port", o.listen, err)
	}
	fmt.Fprintf(stderr, "shop: listening on http://%s, at most %.0f queries/s\n", listener.Addr(), o.capacity())
	return serve(ctx, newShop(o), listener)
}

// serve answers until ctx ends, and then what is in flight.
func serve(ctx context.Context, s *shop, listener net.Listener) error {
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: drainTime}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		return fmt.Errorf("ending: requests were cut off after %v: %w", drainTime, err)
	}
	return nil
}
