package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/ownhost"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/internal/web"
)

type viewOptions struct {
	listen       string
	allowedHosts []string
}

func (o *viewOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen at, with a port; 0 for any free one")
	flags.StringSliceVar(&o.allowedHosts, "allowed-hosts", nil, "`NAMES` under which it may be asked, beside localhost and addresses; a page of any other name is refused")
}

func newViewCmd(env *Env) *cobra.Command {
	var opts viewOptions
	cmd := &cobra.Command{
		Use:   "view [DIR...]",
		Short: "Show runs in a browser: a list, one run, two side by side",
		Long: `Serve runs to a browser until Ctrl-C: a list of them, each as a page, and two
side by side. DIR is the directory of a run, or a folder of such directories;
without one it is results. A run under way is shown as it is now, and new runs
appear when the page is loaded again. Nothing is changed.

It listens on loopback unless told otherwise, and prints its address. Beyond
loopback whoever asks needs the token in that address. Pages of other origins
are refused, and so are requests for other names than localhost, addresses and
--allowed-hosts, so that no web page reads the runs through a browser.`,
		Example: `  swarmgrid view
  swarmgrid view results/monday results/tuesday
  swarmgrid view /srv/runs --listen 127.0.0.1:8000`,
		ValidArgsFunction: completePlaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"results"}
			}
			return runView(cmd.Context(), &opts, env, args)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runView(ctx context.Context, opts *viewOptions, env *Env, dirs []string) error {
	if err := checkHosts(opts.allowedHosts); err != nil {
		return err
	}
	runs, err := countRuns(dirs)
	if err != nil {
		return usageError{err}
	}
	if _, _, err := net.SplitHostPort(opts.listen); err != nil {
		return usageError{fmt.Errorf("--listen is %q, must be an address with a port, as 127.0.0.1:8000 or localhost:0", opts.listen)}
	}
	listener, err := net.Listen("tcp", opts.listen)
	if err != nil {
		return fmt.Errorf("serving the runs (--listen): %w; 127.0.0.1:0 takes any free port", err)
	}
	token := ""
	if !ownhost.Loopback(listener.Addr()) {
		token = rand.Text()
	}
	handler, err := web.Handler(web.Options{Roots: dirs, Address: listener.Addr(), AllowedHosts: opts.allowedHosts, Token: token})
	if err != nil {
		_ = listener.Close()
		return err
	}
	tellView(env, listener.Addr(), token, fmt.Sprintf("%s of %s", matrix.Count(runs, "run"), strings.Join(dirs, ", ")))
	return web.Serve(ctx, listener, handler)
}

// tellView prints the address, alone on standard output, so that a program can read it.
func tellView(env *Env, addr net.Addr, token, what string) {
	if token == "" {
		_, _ = fmt.Fprintf(env.Stdout, "http://%s/\n", addr)
	} else {
		own, _ := net.InterfaceAddrs() // without them the hint stays
		at, hint := reachable(addr, own)
		_, _ = fmt.Fprintf(env.Stdout, "http://%s/?token=%s\n", at, token)
		_, _ = fmt.Fprintf(env.Stderr, "it can be reached from other machines, by whoever has the token; what is sent is not encrypted%s\n", hint)
	}
	_, _ = fmt.Fprintf(env.Stderr, "showing %s; Ctrl-C ends it\n", what)
}

// reachable is where other machines find a server that listens at addr. One that listens
// everywhere has no address of its own: it is given this machine's first, and a hint, since
// others may know it by another.
func reachable(addr net.Addr, own []net.Addr) (at, hint string) {
	listens, err := netip.ParseAddrPort(addr.String())
	if err != nil || !listens.Addr().IsUnspecified() {
		return addr.String(), ""
	}
	port := listens.Port()
	for _, a := range own {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().IsGlobalUnicast() {
			return netip.AddrPortFrom(prefix.Addr(), port).String(), "; where this address does not lead here, put another one of this machine in its place"
		}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String(), "; they need an address of this machine in place of 127.0.0.1"
}

// countRuns counts the runs that there are now, and refuses a directory that has none: it is
// probably not the one that was meant.
func countRuns(dirs []string) (n int, err error) {
	const name = "name the directory of a run, or a folder of such directories, as in swarmgrid view DIR"
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		runs := runsIn(filepath.Clean(dir))
		switch {
		case os.IsNotExist(err):
			return 0, fmt.Errorf("%s is not there; %s", dir, name)
		case err != nil:
			return 0, fmt.Errorf("looking for runs: %w", err)
		case !info.IsDir():
			return 0, fmt.Errorf("%s is a file; %s", dir, name)
		case len(runs) == 0:
			return 0, fmt.Errorf("%s has no runs: neither it nor a folder in it has a %s; %s", dir, rundir.JournalName, name)
		}
		n += len(runs)
	}
	return n, nil
}

// completePlaces offers runs, as report does, and else folders.
func completePlaces(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	found, directive := completeRuns(cmd, args, typed)
	return slices.DeleteFunc(found, func(dir string) bool { return slices.Contains(args, dir) }), directive
}
