package kube

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// source is a list that can go away.
type source struct {
	mu       sync.Mutex
	away     bool
	items    []corev1.Pod
	watchers []*watch.FakeWatcher
}

func (s *source) list(context.Context, metav1.ListOptions) (runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil, errors.New("connection refused")
	}
	return &corev1.PodList{Items: slices.Clone(s.items)}, nil
}

func (s *source) watch(context.Context, metav1.ListOptions) (watch.Interface, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := watch.NewFake()
	s.watchers = append(s.watchers, w)
	return w, nil
}

// set changes the list behind the watchers' back and ends their watches.
func (s *source) set(away bool, items ...corev1.Pod) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away, s.items = away, items
	for _, w := range s.watchers {
		w.Stop()
	}
	s.watchers = nil
}

func named(name, version string) corev1.Pod {
	return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), ResourceVersion: version}}
}

func TestMirrorComesBack(t *testing.T) {
	s := &source{items: []corev1.Pod{named("a", "1"), named("b", "2")}}
	var mu sync.Mutex
	var told []string
	m := newMirror(&mirror{what: "pods", list: s.list, watch: s.watch, changed: func(before, after metav1.Object, first bool) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case before == nil && first:
			told = append(told, "found "+after.GetName())
		case before == nil:
			told = append(told, "new "+after.GetName())
		case after == nil:
			told = append(told, "gone "+before.GetName())
		default:
			told = append(told, "changed "+after.GetName())
		}
	}})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.run(ctx) })
	defer running.Wait()
	defer stop()
	if err := m.wait(ctx); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.set(true)
	within(t, "noticed", func() bool { until, err := m.fresh(); return err != nil && !until.Before(began) })
	s.set(false, named("a", "1"), named("b", "5"), named("c", "6"))
	within(t, "back", func() bool { _, err := m.fresh(); return err == nil })
	s.set(false, named("c", "6"))
	within(t, "without a and b", func() bool { return len(collect[*corev1.Pod](m)) == 1 })
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(told[5:])
	if want := []string{"found a", "found b", "changed b", "new c"}; !slices.Equal(told[:4], want) || len(told) != 6 {
		t.Errorf("told %q, want %q and then a and b gone", told, want)
	}
}

func TestMirrorAwaitsVersion(t *testing.T) {
	s := &source{items: []corev1.Pod{named("a", "9")}}
	m := newMirror(&mirror{what: "pods", list: s.list, watch: s.watch})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.run(ctx) })
	defer running.Wait()
	defer stop()
	if err := m.wait(ctx); err != nil {
		t.Fatal(err)
	}
	if err := m.awaitVersion(ctx, "9"); err != nil {
		t.Error(err)
	}
	reached := make(chan error, 1)
	go func() { reached <- m.awaitVersion(ctx, "10") }()
	select {
	case err := <-reached:
		t.Fatalf("version 10 was seen at 9: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	s.set(false, named("a", "10"))
	if err := <-reached; err != nil {
		t.Error(err)
	}
}

func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not %s in time", what)
		}
	}
}
