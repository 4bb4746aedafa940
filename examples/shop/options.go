package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// options are what the flags say.
type options struct {
	listen      string
	pool        int
	queryTime   time.Duration
	poolTimeout time.Duration
	secret      string
	password    string
}

// capacity is how many queries a second the pool allows.
func (o options) capacity() float64 { return float64(o.pool) / o.queryTime.Seconds() }

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var port int
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8000", "`host:port` to listen on")
	flags.IntVar(&port, "port", 0, "port to listen on, on this machine only; instead of --listen")
	flags.IntVar(&o.pool, "pool", 4, "connections to the database")
	flags.DurationVar(&o.queryTime, "query-time", 40*time.Millisecond, "how long a query keeps a connection busy")
	flags.DurationVar(&o.poolTimeout, "pool-timeout", 5*time.Second, "how long a request waits for a connection; then it is answered 503")
	flags.StringVar(&o.secret, "secret", "example", "what tokens are signed with; replicas that share it accept each other's")
	flags.StringVar(&o.password, "password", "secret", "everybody's password")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if given["port"] {
		if given["listen"] || port < 0 || port > 65535 {
			return o, fmt.Errorf("--port %d: want a port from 0 to 65535, and no --listen beside it", port)
		}
		o.listen = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("argument %q: want flags only", flags.Arg(0))
	}
	if o.pool < 1 || o.queryTime <= 0 || o.poolTimeout <= 0 {
		return o, errors.New("--pool, --query-time and --pool-timeout: want more than 0")
	}
	return o, nil
}
