package driver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/run"
)

// The parts of the status ConfigMap.
const (
	statusKey = "status.json"
	eventsKey = "events.jsonl"
)

// Status is what a driver publishes about itself.
type Status struct {
	Run string `json:"run"`
	Job string `json:"job"`
	Pod string `json:"pod"`
	// Updated is when the driver last wrote.
	Updated time.Time `json:"updated"`
	// Finished says that ExitCode is the run's and no pod will go on with it.
	Finished bool `json:"finished"`
	ExitCode int  `json:"exit_code"`
	// Error is why the driver ended, where the run's reports do not say it.
	Error string `json:"error,omitempty"`
}

// Ends tells whether this is the final status of a run.
func (s Status) Ends(run string) bool { return s.Run == run && s.Finished }

// numbered is an event with its number in the run's stream, over all pods.
type numbered struct {
	Seq   int64     `json:"seq"`
	Event run.Event `json:"event"`
}

// maxEvents is how many bytes of events are kept, enough for hundreds of scenarios.
const maxEvents = 256 << 10

// stream is the newest part of a run's events.
type stream struct {
	seq    int64
	events []numbered
}

// add appends an event and drops those that it supersedes.
func (s *stream) add(e run.Event) {
	s.seq++
	if passing(e.Type) {
		s.drop(func(n numbered) bool { return n.Event.Type == e.Type })
	}
	s.events = append(s.events, numbered{s.seq, slim(e)})
}

func passing(t run.EventType) bool { return t == run.Sample || t == run.Waiting }

func (s *stream) drop(unwanted func(numbered) bool) {
	kept := s.events[:0]
	for _, n := range s.events {
		if !unwanted(n) {
			kept = append(kept, n)
		}
	}
	s.events = kept
}

// slim leaves out the tables of a record, which are in the journal.
func slim(e run.Event) run.Event {
	if e.Record == nil || e.Record.Measured == nil {
		return e
	}
	rec, m := *e.Record, *e.Record.Measured
	m.Endpoints, m.Errors = nil, nil
	rec.Measured = &m
	e.Record = &rec
	return e
}

// encode writes the events, dropping the oldest beyond maxEvents for good.
func (s *stream) encode() (string, error) {
	lines := make([]string, len(s.events))
	size := 0
	for i := len(s.events) - 1; i >= 0; i-- {
		line, err := json.Marshal(s.events[i])
		if err != nil {
			return "", fmt.Errorf("encoding events: %w", err)
		}
		if size += len(line) + 1; size > maxEvents {
			s.events, lines = s.events[i+1:], lines[i+1:]
			break
		}
		lines[i] = string(line)
	}
	return strings.Join(lines, "\n"), nil
}

// DecodeStatus reads a status ConfigMap; an empty one is an empty status.
func DecodeStatus(cm *corev1.ConfigMap) (Status, []numbered, error) {
	var s Status
	if text := cm.Data[statusKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return s, nil, fmt.Errorf("reading ConfigMap %s: %w", cm.Name, err)
		}
	}
	var events []numbered
	for line := range bytes.SplitSeq([]byte(cm.Data[eventsKey]), []byte{'\n'}) {
		if len(line) == 0 {
			continue
		}
		var n numbered
		if err := json.Unmarshal(line, &n); err != nil {
			return s, nil, fmt.Errorf("reading ConfigMap %s: %w", cm.Name, err)
		}
		events = append(events, n)
	}
	return s, events, nil
}
