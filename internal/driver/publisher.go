package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// publishEvery is the shortest time between two updates of the status.
const publishEvery = 2 * time.Second

// aliveEvery is how often the status is updated while nothing happens, as in a cool-down, so
// that a stale status means trouble.
const aliveEvery = 10 * time.Second

// Publisher writes a run's progress to a ConfigMap for monitor. An API server that does not
// answer delays the progress and never the run.
type Publisher struct {
	cms  ConfigMaps
	name string

	mu     sync.Mutex
	status Status
	stream stream
	dirty  bool
	// carried says that the events of earlier pods have been read.
	carried bool

	stop context.CancelFunc
	done chan struct{}
}

// NewPublisher starts publishing to the named ConfigMap, continuing after the events of
// earlier pods of the same run. Finish ends it.
func NewPublisher(cms ConfigMaps, name string, status Status) *Publisher {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Publisher{cms: cms, name: name, status: status, dirty: true, stop: cancel, done: make(chan struct{})}
	go p.loop(ctx)
	return p
}

// Observe takes an event; it never blocks.
func (p *Publisher) Observe(e run.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stream.add(e)
	p.dirty = true
}

func (p *Publisher) loop(ctx context.Context) {
	defer close(p.done)
	for {
		_ = p.flush(ctx) // the next round tries again, and Finish reports
		if kubeapi.Pause(ctx, publishEvery) != nil {
			return
		}
	}
}

// Finish publishes how this driver ended and whether the run is over.
func (p *Publisher) Finish(ctx context.Context, finished bool, code int, message string) error {
	p.stop()
	<-p.done
	p.mu.Lock()
	p.status.Finished, p.status.ExitCode, p.status.Error = finished, code, message
	p.dirty = true
	p.mu.Unlock()
	begin := time.Now()
	for {
		err := p.flush(ctx)
		if err == nil || kubeapi.PermanentSince(err, begin) {
			return err
		}
		if kubeapi.Pause(ctx, kubeapi.RetryPause) != nil {
			return fmt.Errorf("publishing the status: %w", err)
		}
	}
}

// flush writes what is new.
func (p *Publisher) flush(ctx context.Context) error {
	p.mu.Lock()
	due := p.dirty || time.Since(p.status.Updated) >= aliveEvery
	p.mu.Unlock()
	if !due {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	cm, err := p.cms.Get(ctx, p.name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := p.fill(cm); err != nil {
		return err
	}
	if _, err := p.cms.Update(ctx, cm, metav1.UpdateOptions{FieldManager: kubeapi.FieldManager}); err != nil {
		p.mu.Lock()
		p.dirty = true
		p.mu.Unlock()
		return err
	}
	return nil
}

func (p *Publisher) fill(cm *corev1.ConfigMap) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.carried {
		p.carry(cm)
	}
	p.status.Updated = time.Now().UTC()
	status, err := json.Marshal(p.status)
	if err != nil {
		return fmt.Errorf("encoding status: %w", err)
	}
	events, err := p.stream.encode()
	if err != nil {
		return err
	}
	p.dirty = false
	cm.Data = map[string]string{statusKey: string(status), eventsKey: events}
	return nil
}

// carry keeps the events of the same run's earlier pods.
func (p *Publisher) carry(cm *corev1.ConfigMap) {
	p.carried = true
	status, earlier, err := DecodeStatus(cm)
	if err != nil || status.Run != p.status.Run || len(earlier) == 0 {
		return
	}
	offset := earlier[len(earlier)-1].Seq
	for i := range p.stream.events {
		p.stream.events[i].Seq += offset
	}
	p.stream.seq += offset
	p.stream.events = append(earlier, p.stream.events...)
}
