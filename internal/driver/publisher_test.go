package driver

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestPublisherIsAlive publishes also where nothing happens.
func TestPublisherIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newObjects("status")
		p := NewPublisher(o, "status", Status{Run: "r"})
		time.Sleep(5 * time.Minute)
		cm, err := o.Get(t.Context(), "status", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		status, _, err := DecodeStatus(cm)
		if err != nil || time.Since(status.Updated) > 2*aliveEvery {
			t.Errorf("updated %v ago, %v", time.Since(status.Updated), err)
		}
		if err := p.Finish(t.Context(), true, 0, ""); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStreamIsBounded(t *testing.T) {
	var s stream
	rec := &result.Record{Status: result.Success, Measured: &result.Measured{RPS: 1, Endpoints: make([]result.EndpointResult, 1000)}}
	for range 2000 {
		s.add(run.Event{Type: run.Sample, Live: &run.Live{}})
		s.add(run.Event{Type: run.AttemptFinished, Record: rec})
	}
	text, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > maxEvents || len(text) < maxEvents/2 {
		t.Errorf("%d bytes", len(text))
	}
	_, events, err := DecodeStatus(&corev1.ConfigMap{Data: map[string]string{eventsKey: text}})
	if err != nil || events[len(events)-1].Seq != 4000 {
		t.Errorf("the newest event is not the last: %v", err)
	}
	samples := 0
	for _, e := range events {
		if e.Event.Type == run.Sample {
			samples++
		}
	}
	if samples != 1 || rec.Measured.Endpoints == nil {
		t.Errorf("%d samples are kept, or the record was changed", samples)
	}
}

func TestPublisherOutlivesAnAbsentServer(t *testing.T) {
	o := newObjects("status")
	away := true
	o.onUpdate = func(int) string {
		if away {
			return "away"
		}
		return ""
	}
	p := NewPublisher(o, "status", Status{Run: "r"})
	p.Observe(run.Event{Type: run.RunStarted, Message: "a"})
	time.AfterFunc(50*time.Millisecond, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		away = false
	})
	if err := p.Finish(t.Context(), true, 0, ""); err != nil {
		t.Fatal(err)
	}
	status, events, err := DecodeStatus(o.cms["status"])
	if err != nil || !status.Finished || len(events) != 1 {
		t.Errorf("%+v, %d events, %v", status, len(events), err)
	}
}
