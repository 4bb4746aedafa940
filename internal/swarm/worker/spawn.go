package worker

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// spawn brings each class named to its absolute count. Whatever goes wrong is reported as an
// exception, and spawning_complete says how many users there are: a worker that stays
// "spawning" would block the master's ramp (locust-protocol.md 12).
func (w *Worker) spawn(data []byte) error {
	s, err := wire.DecodeSpawn(data)
	if err != nil {
		return err
	}
	w.send(wire.TypeSpawning, nil)
	if s.Timestamp <= w.lastSpawn {
		w.log.Warn("older spawn ignored", "timestamp", s.Timestamp)
	} else {
		w.follow(s)
	}
	w.send(wire.TypeSpawningComplete, wire.SpawningComplete{UserClassesCount: w.classCounts(), UserCount: w.fleet.count()})
	return nil
}

func (w *Worker) follow(s wire.Spawn) {
	w.lastSpawn = s.Timestamp
	w.state = stateSpawning
	w.grace = time.Duration(min(s.StopTimeout, 1e6) * float64(time.Second))
	w.offset.freeze()
	if err := w.aim(s.Host); err != nil {
		w.complain(err)
	} else {
		w.adjust(s.UserClassesCount)
	}
	w.state = stateRunning
}

// aim makes the test that new users belong to, a new one when the host has changed.
func (w *Worker) aim(override *string) error {
	host := w.opts.Host
	if override != nil && *override != "" {
		host = *override
	}
	if w.test != nil && w.host == host {
		return nil
	}
	seed := w.opts.Seed + uint64(max(w.ack.Index, 0))
	test, err := w.opts.Program.Bind(host, w.recorder, w.sequence, seed)
	if err != nil {
		return err
	}
	w.test, w.host = test, host
	return nil
}

func (w *Worker) adjust(want map[string]int) {
	for _, class := range slices.Sorted(maps.Keys(want)) {
		have := w.fleet.classCount(class)
		if want[class] < have {
			w.fleet.stop(class, have-want[class], w.grace)
		}
		for range want[class] - have {
			u, err := w.test.NewUser(class, w.fleet.next())
			if err != nil {
				w.complain(fmt.Errorf("starting %d users: %w", want[class]-have, err))
				break
			}
			w.fleet.start(class, u)
		}
	}
}

// classCounts has a zero for each class without users, as Python's workers do.
func (w *Worker) classCounts() map[string]int {
	counts := map[string]int{}
	for _, class := range w.opts.Program.Classes() {
		counts[class] = w.fleet.classCount(class)
	}
	return counts
}
