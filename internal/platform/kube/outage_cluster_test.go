//go:build cluster

package kube

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// wire is a way to the API server that can be cut, so that it goes away for one
// client only.
type wire struct {
	mu   sync.Mutex
	cut  bool
	open []net.Conn
}

// through returns a configuration that takes the wire.
func (w *wire) through(b *bed) *rest.Config {
	cfg := rest.CopyConfig(b.config)
	cfg.Dial = w.dial
	return cfg
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, errors.New("connection refused")
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	if err == nil {
		w.open = append(w.open, conn)
	}
	return conn, err
}

func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for _, conn := range w.open {
			_ = conn.Close()
		}
		w.open = nil
	}
}

// TestServerAwayInCluster cuts the way to the API server for longer than an
// observation lasts, and sees what is known before, meanwhile and afterwards.
func TestServerAwayInCluster(t *testing.T) {
	b := newBed(t)
	b.standard(1)
	w := &wire{}
	p := b.platform(func(cfg *settings) { cfg.REST, cfg.leaseDuration = w.through(b), 30*time.Second })
	b.acquire(p, "a")
	settled := func(st platform.Status) bool { return st.Settled(1) }
	before, _ := b.await(p, platform.Target, "ready", settled)

	w.set(true)
	took := b.poll("noticed", func() string {
		if _, err := p.Status(t.Context(), platform.Target); err != nil {
			return ""
		}
		return "Status still answers"
	})
	t.Logf("noticed after %v", took.Round(10*time.Millisecond))
	if took > defaultStale+2*beatEvery {
		t.Errorf("an observation of %v ago was given out", took)
	}
	back := time.Now()
	w.set(false)
	after, took := b.await(p, platform.Target, "known again", func(st platform.Status) bool { return st.Settled(1) && st.At.After(back) })
	t.Logf("known again after %v", took.Round(10*time.Millisecond))
	before.At, after.At = time.Time{}, time.Time{}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("nothing happened, but:\n%s", diff)
	}

	w.set(true)
	b.tell("exit", b.pods("inference")...)
	time.Sleep(defaultStale)
	b.poll("running again", func() string {
		pod := b.pods("inference")[0]
		if !kubeapi.PodReady(&pod) || kubeapi.Restarts(&pod) == 0 {
			return "not yet"
		}
		return ""
	})
	w.set(false)
	changed, _ := b.await(p, platform.Target, "known again", func(st platform.Status) bool { return st.Settled(1) && st.At.After(back) })
	if r := changed.Replicas[0]; r.Restarts != 1 || r.ID == before.Replicas[0].ID {
		t.Errorf("a restart while nobody looked is not found: %+v", r)
	}
	b.must(p.Release(t.Context()))
}
