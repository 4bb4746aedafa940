package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

const (
	// lateReports is how long reports of the last load may still reach a Python
	// master; a start before that would count them (locust-protocol.md 17).
	lateReports = 4 * time.Second
	// leaseTTL is how long the load may outlive the last sign of life of its driver.
	leaseTTL = 10 * time.Second
	// quickStop bounds telling a load to stop without waiting for it.
	quickStop = 2 * time.Second
)

// clear waits until no other driver has the load, and until nothing of the last load can
// get into the next one's numbers.
func (g *generator) clear() action {
	var held time.Time // since when another driver was found to hold the load
	return func(ctx context.Context) (progress, error) {
		if g.extended() {
			return g.takeLease(ctx, &held)
		}
		if left := lateReports - time.Since(g.lastStop); left > 0 {
			return again(left, "late reports of the last load may still come")
		}
		return done()
	}
}

// takeLease waits longer than a lease of a driver that is gone can last.
func (g *generator) takeLease(ctx context.Context, held *time.Time) (progress, error) {
	err := g.client.TakeLease(ctx, leaseTTL)
	var status *locust.StatusError
	if !errors.As(err, &status) || status.Code != http.StatusConflict {
		if err != nil {
			return progress{}, fmt.Errorf("taking the lease on the load: %w", err)
		}
		return done()
	}
	if held.IsZero() {
		*held = time.Now()
	}
	if time.Since(*held) > leaseTTL+time.Second {
		return progress{}, &permanentError{fmt.Errorf("another driver holds the load: %s; wait for it to end, or stop it", status.Body)}
	}
	return again(time.Second, "another driver holds the load: %s", status.Body)
}

// swarm starts a load. Should this process die, a Python master stops the load by itself
// after the longest time that the scenario may take; for ours the lease does that.
func (g *generator) swarm(ctx context.Context, req locust.SwarmRequest, longest time.Duration) error {
	if g.capabilities.RunTime && !g.extended() {
		req.RunTime = longest
	}
	g.mayRun = true
	if err := g.client.Swarm(ctx, req); err != nil {
		return fmt.Errorf("starting the load: %w", err)
	}
	return nil
}

// stop ends the load, sees that it is idle and gives the lease back.
func (g *generator) stop(ctx context.Context, tell func(waiting string)) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), idleLimit)
	defer cancel()
	if err := g.client.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the load: %w", err)
	}
	g.lastStop = time.Now()
	err := await(ctx, idleLimit, g.idle, tell)
	g.mayRun = err != nil
	if g.extended() {
		// A lease that is not given back runs out by itself.
		_ = g.client.ReleaseLease(ctx)
	}
	return err
}

// stopUnseen tells a Python load to stop without waiting until it has: its processes end
// before the next attempt, or with the run.
func (g *generator) stopUnseen(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quickStop)
	defer cancel()
	g.lastStop = time.Now()
	if err := g.client.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the load: %w", err)
	}
	return nil
}

// stopLeftover stops a load that was left running: our own polls would keep its lease alive.
func (g *generator) stopLeftover(ctx context.Context) (progress, error) {
	if err := g.client.Stop(ctx); err != nil {
		return again(time.Second, "stopping a load that was left running: %v", err)
	}
	g.lastStop = time.Now()
	return again(g.pause(), "a load that was left running is stopping")
}

func (g *generator) idle(ctx context.Context) (progress, error) {
	o, err := g.observe(ctx)
	if err != nil {
		return again(g.pause(), "observing the load: %v", err)
	}
	if o.Idle() && o.Users == 0 {
		return done()
	}
	return again(g.pause(), "the load is %s with %d users", o.State, o.Users)
}
