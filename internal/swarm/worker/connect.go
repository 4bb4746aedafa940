package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// firstRedial is the first pause between attempts to connect; it doubles up to
// Options.RedialInterval. Our master gives a worker's users away a second after
// its connection ended.
const firstRedial = 50 * time.Millisecond

// knock dials if there is no connection, and asks to be accepted. It is called
// again by the retry timer until the master's ack arrives.
func (w *Worker) knock(ctx context.Context) error {
	now := time.Now()
	if err := w.silence(now); err != nil {
		return err
	}
	limit := time.Duration(w.opts.ReadyAttempts) * w.opts.ReadyInterval
	if !w.asking.IsZero() && now.Sub(w.asking) >= limit {
		return fmt.Errorf("not accepted within %s; is it a Locust or Swarmgrid master, and is the port the right one?", limit)
	}
	if w.link == nil && !w.open(ctx) {
		w.redial = min(max(2*w.redial, firstRedial), w.opts.RedialInterval)
		w.retry.Reset(w.redial)
		return nil
	}
	w.sendReady()
	w.retry.Reset(w.opts.ReadyInterval)
	return nil
}

func (w *Worker) open(ctx context.Context) bool {
	l, err := dial(ctx, w.addr, w.id, w.opts.ReadyInterval, w.inbox)
	if err != nil {
		w.log.Debug("connecting to master", "address", w.addr, "error", err)
		return false
	}
	w.log.Info("connected to master", "address", w.addr)
	w.link = l
	return true
}

// sendReady asks to be accepted. "-1" skips the version check: the protocol has not changed
// since 2.10, and another version would only cause warnings.
func (w *Worker) sendReady() {
	w.asked = time.Now()
	w.send(wire.TypeClientReady, wire.ClientReady{Version: wire.NoVersion})
}

// lost deals with a broken connection. The users stop at once: nobody could stop them later,
// and a master that is told client_ready assumes that there are none.
func (w *Worker) lost(err error) {
	w.log.Warn("connection to master lost", "error", err)
	w.drop()
	w.fleet.stopAll(0)
	w.fleet.waiting()()
	w.disown()
	w.stopped = nil
	w.session = session{state: stateReady, heard: w.heard, asking: time.Now()}
	w.offset.restart()
	w.retry.Reset(min(firstRedial, w.opts.RedialInterval))
}

// drop closes the connection, if there is one.
func (w *Worker) drop() {
	if w.link != nil {
		w.link.close()
		w.link = nil
	}
	w.offset.unanswered = 0
}

// reopen reconnects because the master asked for it: identity, users and statistics stay.
func (w *Worker) reopen(ctx context.Context) {
	w.drop()
	if !w.open(ctx) {
		w.lost(fmt.Errorf("reconnecting as the master asked"))
	}
}

// silence is an error when a master that used to answer heartbeats has not done so for too
// long. One that never did (before 2.19) is not expected to.
func (w *Worker) silence(now time.Time) error {
	if !w.heard.IsZero() && now.Sub(w.heard) > w.opts.MasterTimeout {
		return fmt.Errorf("it has been silent for %s", w.opts.MasterTimeout)
	}
	return nil
}

// send encodes and sends one message; a broken connection is noticed by its reader.
func (w *Worker) send(typ string, data wire.Payload) {
	if w.link == nil {
		return
	}
	if err := w.link.dealer.Send(wire.Encode(typ, data, w.id)); err != nil {
		w.log.Debug("sending to master", "type", typ, "error", err)
		_ = w.link.dealer.Close()
	}
}

// beat sends a heartbeat and checks on the master's.
func (w *Worker) beat(now time.Time) error {
	if err := w.silence(now); err != nil {
		return err
	}
	if w.ack == nil || w.link == nil {
		return nil
	}
	cpu, memory := w.usage.measure(now)
	w.offset.sent(time.Now())
	beat := wire.Heartbeat{State: w.state, CPU: cpu, Memory: memory}
	if w.slices() {
		beat.Vitals = vitals()
		beat.Vitals.Lags = w.pulse.lagged()
	}
	w.send(wire.TypeHeartbeat, beat)
	// A master that forgot us answers nothing; client_ready is safe at any time.
	if again := w.opts.ReadyInterval; !w.heard.IsZero() && now.Sub(w.heard) > again && now.Sub(w.asked) > again {
		w.sendReady()
	}
	return nil
}
