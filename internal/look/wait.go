package look

import (
	"net/netip"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/baseurl"
)

// wait waits for a target on this machine to listen. Elsewhere a refusal is final: the user
// has not just started anything there.
type wait struct {
	// here is the address if it is on this machine.
	here  string
	said  bool
	until time.Time
	say   func(string)
}

func newWait(base string, say func(string)) *wait {
	return &wait{here: loopback(base), until: time.Now().Add(startTime), say: say}
}

// more tells, after a refusal, whether to try again, and says once that it waits.
func (w *wait) more() bool {
	if w.here == "" || !time.Now().Before(w.until) {
		return false
	}
	if !w.said {
		w.said = true
		w.say("waiting for " + w.here + " to listen, which refuses connections, for up to " + startTime.String())
	}
	return true
}

// loopback is the address, for messages, if it is plainly a loopback one, without asking a
// resolver.
func loopback(base string) string {
	u, err := baseurl.Parse(base)
	if err != nil {
		return ""
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	if err == nil && ip.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return u.Redacted()
	}
	return ""
}
