package master

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// lease is a driver's claim on the load.
type lease struct {
	holder  string
	ttl     time.Duration
	expires time.Time
}

// takeLease gives or extends the lease; false means that another holds it.
func (c *core) takeLease(now time.Time, holder string, ttl time.Duration) bool {
	if c.lease != nil && c.lease.holder != holder && now.Before(c.lease.expires) {
		return false
	}
	c.lease = &lease{holder: holder, ttl: ttl, expires: now.Add(ttl)}
	return true
}

// renewLease extends the lease by any sign of life of its holder.
func (c *core) renewLease(now time.Time, holder string) {
	if c.lease != nil && c.lease.holder == holder && now.Before(c.lease.expires) {
		c.lease.expires = now.Add(c.lease.ttl)
	}
}

// releaseLease gives it back; false means that another holds it.
func (c *core) releaseLease(now time.Time, holder string) bool {
	if c.lease != nil && c.lease.holder != holder && now.Before(c.lease.expires) {
		return false
	}
	c.lease = nil
	return true
}

// checkLease stops the load of a driver that is no longer heard from.
func (c *core) checkLease(now time.Time) {
	if c.lease == nil || now.Before(c.lease.expires) {
		return
	}
	detail := fmt.Sprintf("%s was not heard from for %s", c.lease.holder, c.lease.ttl)
	c.lease = nil
	if c.active() && c.state != locust.StateStopping {
		c.event(now, locust.EventLeaseExpired, "", detail)
		c.stop(now)
	}
}

func (l *lease) view() *locust.Lease {
	if l == nil {
		return nil
	}
	return &locust.Lease{Holder: l.holder, TTLSeconds: l.ttl.Seconds()}
}
