package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// How much may be held: far more than a ramp's steps while a few users end.
const (
	maxHeld  = 200
	heldRoom = 4 << 20
)

func (w *Worker) mayHold(m wire.Message) bool {
	size := len(m.Data)
	for _, held := range w.held {
		size += len(held.Data)
	}
	return len(w.held) < maxHeld && size <= heldRoom
}

// receive deals with what the connection's reader delivered.
func (w *Worker) receive(ctx context.Context, in inbound) error {
	if in.from != w.link {
		return nil
	}
	if in.err != nil {
		w.lost(in.err)
		return nil
	}
	m, err := wire.DecodeMessage(in.msg)
	if err != nil {
		w.log.Warn("message from master ignored", "error", err)
		return nil
	}
	if (m.Type == wire.TypeSpawn || m.Type == wire.TypeStop) && w.mustHold() {
		if !w.mayHold(m) {
			w.lost(fmt.Errorf("the master sends more than %d messages or %d bytes that have to wait", maxHeld, heldRoom))
			return nil
		}
		w.held = append(w.held, m)
		return nil
	}
	return w.handle(ctx, in.at, m)
}

// mustHold tells whether users may neither start nor stop yet: before the ack, while users
// are ending after a stop, and before the first comparison of clocks with our master,
// without which the first seconds would be wrong.
func (w *Worker) mustHold() bool {
	return w.ack == nil || w.stopped != nil || w.slices() && !w.offset.known()
}

// release handles the held messages, as far as that is possible now.
func (w *Worker) release(ctx context.Context) error {
	for len(w.held) > 0 && !w.mustHold() {
		m := w.held[0]
		w.held = w.held[1:]
		if err := w.handle(ctx, time.Now(), m); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) handle(ctx context.Context, at time.Time, m wire.Message) error {
	var err error
	switch m.Type {
	case wire.TypeAck:
		err = w.accepted(ctx, m.Data)
	case wire.TypeHeartbeat:
		err = w.answered(ctx, at, m.Data)
	case wire.TypeSpawn:
		err = w.spawn(m.Data)
	case wire.TypeStop:
		w.stop()
	case wire.TypeQuit:
		w.log.Info("master quit")
		return errQuit
	case wire.TypeReconnect:
		w.reopen(ctx)
	case wire.TypeSpawningComplete:
		// The whole ramp has ended; nothing depends on it here.
	default:
		w.log.Debug("message from master ignored", "type", m.Type)
	}
	if err != nil {
		w.log.Warn("message from master ignored", "type", m.Type, "error", err)
	}
	return nil
}

// accepted begins to report: slices to our own master, Locust's statistics to Python's.
func (w *Worker) accepted(ctx context.Context, data []byte) error {
	ack, err := wire.DecodeAck(data)
	if err != nil {
		return err
	}
	first := w.ack == nil
	w.ack, w.asking = &ack, time.Time{}
	w.retry.Stop()
	w.sequence.SetWorker(ack.Index)
	if !first {
		return nil
	}
	w.log.Info("accepted by master", "worker", w.id, "index", ack.Index, "slices", ack.Protocol > 0)
	w.heard = time.Time{} // the last master's, if any
	if ack.Protocol == 0 {
		w.clock.offset.Store(0)
	}
	// Python's master learns the classes from the first report (locust-protocol.md 11);
	// ours gets its first once the clocks are compared.
	w.sendReport(false)
	w.armReport()
	if err := w.beat(time.Now()); err != nil {
		return err
	}
	return w.release(ctx)
}

func (w *Worker) answered(ctx context.Context, at time.Time, data []byte) error {
	reply, err := wire.DecodeHeartbeatReply(data)
	if err != nil {
		return err
	}
	w.heard = at
	first := !w.offset.known()
	w.offset.answered(at, reply.NowMicros)
	if first && w.offset.known() {
		w.startSlices()
		w.sendReport(false)
		w.armReport()
	}
	return w.release(ctx)
}

// stop ends all users; finishStop goes on when they have.
func (w *Worker) stop() {
	w.log.Info("stopping", "users", w.fleet.count())
	w.fleet.stopAll(w.grace)
	stopped, wait := make(chan struct{}), w.fleet.waiting()
	w.stopped = stopped
	go func() {
		wait()
		close(stopped)
	}()
}

// disown gives up the users that are stuck: nothing they do counts any more, and their
// requests are no longer under way.
func (w *Worker) disown() {
	if n := w.fleet.disown(); n > 0 {
		w.log.Error("users did not come back, going on without them", "users", n, "waited", patience)
	}
	w.recorder.forget()
}

// finishStop reports the rest before client_stopped, on which the master deletes its record
// of us, and then offers the worker again.
func (w *Worker) finishStop(ctx context.Context) error {
	w.state, w.stopped = stateReady, nil
	w.offset.thaw()
	w.disown()
	w.sendReport(true)
	w.send(wire.TypeClientStopped, nil)
	w.sendReady()
	w.asking = time.Now()
	w.retry.Reset(w.opts.ReadyInterval)
	return w.release(ctx)
}

// complain sends an error to the master's list of exceptions.
func (w *Worker) complain(err error) {
	w.log.Error("spawning", "error", err)
	w.send(wire.TypeException, wire.Exception{Msg: err.Error(), Traceback: fmt.Sprintf("swarmgrid worker: %v", err)})
}
