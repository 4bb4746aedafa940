package main

import (
	"context"
	"errors"
	"time"
)

// errBusy is the answer when no connection became free in time.
var errBusy = errors.New("no database connection became free in time")

// pool is a fixed number of connections to a database that answers every query after
// the same time. Whoever asks first is served first.
type pool struct {
	slots     chan struct{}
	queryTime time.Duration
	timeout   time.Duration
}

func newPool(o options) *pool {
	return &pool{slots: make(chan struct{}, o.pool), queryTime: o.queryTime, timeout: o.poolTimeout}
}

// query makes n queries in a row on one connection. The error is errBusy, or that of
// ctx when the client has left.
func (p *pool) query(ctx context.Context, n int) error {
	patience := time.NewTimer(p.timeout)
	defer patience.Stop()
	select {
	case p.slots <- struct{}{}:
	case <-patience.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
	// A database goes on with a query whose client has left.
	time.Sleep(time.Duration(n) * p.queryTime)
	<-p.slots
	return nil
}
