package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// fewUsers are no danger to anybody: a browser opens as many connections.
const fewUsers = 50

// strangerFlags keep a slip of the hand from loading somebody else's machine.
type strangerFlags struct{ yes bool }

func (o *strangerFlags) addFlags(flags *pflag.FlagSet) {
	under(flags, forURL, func(flags *pflag.FlagSet) {
		flags.BoolVar(&o.yes, "yes", false, fmt.Sprintf("do not ask before loading another machine with more than %d users", fewUsers))
	})
}

// ask asks for confirmation before a URL of another machine is loaded.
func (o *strangerFlags) ask(ctx context.Context, a *asked, exp *experiment.Experiment, env *Env) error {
	most := 0
	for _, c := range exp.Axes.Cells() {
		most = max(most, c.Users)
	}
	target := exp.LoadMatrix.Spec.Target.URL
	if a.once == nil || o.yes || most <= fewUsers || onThisMachine(ctx, target) {
		return nil
	}
	what := fmt.Sprintf("%s is not this machine, and would be loaded with up to %d users", target, most)
	if env.StderrWidth() == 0 || !env.StdinIsTerminal() {
		return usageError{fmt.Errorf("%s; give --yes if that is meant, or at most %d with --users", what, fewUsers)}
	}
	_, _ = fmt.Fprintf(env.Stderr, "%s.\nload %s? [y/N] ", what, target)
	answer, _ := bufio.NewReader(env.Stdin).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return usageError{errors.New("nothing was loaded")}
	}
	return nil
}

// lookupTime bounds asking for a name's addresses.
const lookupTime = 5 * time.Second

// onThisMachine tells whether every address of a URL's host is one of this machine's. An
// unknown name is not.
func onThisMachine(ctx context.Context, target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil || len(found) == 0 {
		return false
	}
	own := ownAddresses()
	for _, ip := range found {
		if ip = ip.Unmap().WithZone(""); !ip.IsLoopback() && !ip.IsUnspecified() && !own[ip] {
			return false
		}
	}
	return true
}

func ownAddresses() map[netip.Addr]bool {
	own := map[netip.Addr]bool{}
	addresses, _ := net.InterfaceAddrs() // if they cannot be listed, none is ours
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own[prefix.Addr().Unmap().WithZone("")] = true
		}
	}
	return own
}
