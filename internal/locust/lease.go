package locust

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// TakeLease takes or extends the lease on the load for the client's holder.
// Another holder's live lease is a *StatusError with code 409.
func (c *Client) TakeLease(ctx context.Context, ttl time.Duration) error {
	return c.postJSON(ctx, LeasePath, Lease{Holder: c.lease, TTLSeconds: ttl.Seconds()})
}

// ReleaseLease gives the lease back.
func (c *Client) ReleaseLease(ctx context.Context) error {
	_, _, err := c.do(ctx, http.MethodDelete, LeasePath, nil, readTimeout)
	return err
}

// Status reads our master's view, which is never cached.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	err := c.getJSON(ctx, StatusPath, &s)
	return s, err
}

// Idle tells whether no load runs.
func (s Status) Idle() bool { return idle(s.State) }

// Slices reads the one-second slices of [from, to), in Unix seconds on the master's clock.
func (c *Client) Slices(ctx context.Context, from, to int64) (Slices, error) {
	query := url.Values{"from": {strconv.FormatInt(from, 10)}, "to": {strconv.FormatInt(to, 10)}}
	var s Slices
	if err := c.getJSON(ctx, SlicesPath+"?"+query.Encode(), &s); err != nil {
		return Slices{}, err
	}
	if s.Oldest > from {
		return Slices{}, fmt.Errorf("slices from second %d on were asked for, the master keeps only those from %d on", from, s.Oldest)
	}
	return s, nil
}
