package cli

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"github.com/spf13/pflag"
)

// pprofFlag serves Go's profiles while a command runs. They show what is in memory, so
// only this machine may ask for them.
type pprofFlag struct{ address string }

func (o *pprofFlag) addFlag(flags *pflag.FlagSet) {
	flags.StringVar(&o.address, "pprof", "", "serve Go's profiles at this `ADDRESS` of this machine, as 127.0.0.1:6060")
	_ = flags.MarkHidden("pprof")
}

// serve begins, if that was asked for; stop ends it.
func (o *pprofFlag) serve(env *Env) (stop func(), err error) {
	if o.address == "" {
		return func() {}, nil
	}
	if !loopback(o.address) {
		return nil, usageError{fmt.Errorf("--pprof is %q, must be an address of this machine with a port, as 127.0.0.1:6060", o.address)}
	}
	listener, err := net.Listen("tcp", o.address)
	if err != nil {
		return nil, fmt.Errorf("serving profiles (--pprof): %w", err)
	}
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	_, _ = fmt.Fprintf(env.Stderr, "profiles are at http://%s/debug/pprof/\n", listener.Addr())
	return func() { _ = server.Close() }, nil
}

// loopback tells whether nobody but this machine reaches an address.
func loopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// profiles answers only who asks by an address: a web page that reaches us through a
// browser comes with a name.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(w, "ask by the address", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
