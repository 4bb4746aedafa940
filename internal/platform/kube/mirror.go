package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// The backoff before a mirror lists again after its watch has ended.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = time.Second
)

// mirror is a copy of a list of objects, kept up to date by a watch. Unlike client-go's
// informer it knows whether its watch is alive, so that a stale copy is not taken for an
// observation, and it relists within a second.
type mirror struct {
	what  string // for errors: "pods"
	list  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
	// keep selects objects; nil means all.
	keep func(metav1.Object) bool
	// changed is called for every change, in order, from one goroutine: before is nil for a
	// new object, after for a deleted one. first is set for objects of the first list.
	changed func(before, after metav1.Object, first bool)

	mu     sync.Mutex
	items  map[types.UID]metav1.Object
	live   bool
	listed bool
	lost   time.Time // since when it is not live
	err    error     // why
	synced chan struct{}
	moved  chan struct{} // closed at the next change
}

func newMirror(m *mirror) *mirror {
	m.items = map[types.UID]metav1.Object{}
	m.synced, m.moved = make(chan struct{}), make(chan struct{})
	m.lost = time.Now()
	return m
}

// run lists and watches until ctx ends.
func (m *mirror) run(ctx context.Context) {
	pause := firstPause
	for {
		began := time.Now()
		m.end(m.follow(ctx))
		if time.Since(began) > maxPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}

// follow lists, then watches until the watch ends.
func (m *mirror) follow(ctx context.Context) error {
	listCtx, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	list, err := m.list(listCtx, metav1.ListOptions{})
	cancel()
	if err != nil {
		return err
	}
	version, err := m.replace(list)
	if err != nil {
		return err
	}
	w, err := m.watch(ctx, metav1.ListOptions{ResourceVersion: version})
	if err != nil {
		return err
	}
	defer w.Stop()
	m.begin()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event, ok := <-w.ResultChan():
			if !ok {
				return errors.New("the watch ended")
			}
			if err := m.apply(event); err != nil {
				return err
			}
		}
	}
}

// replace applies a whole list as the changes since the last one.
func (m *mirror) replace(list runtime.Object) (version string, err error) {
	accessor, err := meta.ListAccessor(list)
	if err != nil {
		return "", err
	}
	objects, err := meta.ExtractList(list)
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	gone, first := map[types.UID]bool{}, !m.listed
	for uid := range m.items {
		gone[uid] = true
	}
	m.mu.Unlock()
	var fresh []metav1.Object
	for _, o := range objects {
		if object, err := meta.Accessor(o); err == nil {
			delete(gone, object.GetUID())
			fresh = append(fresh, object)
		}
	}
	for uid := range gone {
		m.drop(uid)
	}
	for _, object := range fresh {
		m.put(object, first)
	}
	return accessor.GetResourceVersion(), nil
}

func (m *mirror) apply(event watch.Event) error {
	switch event.Type {
	case watch.Error:
		return fmt.Errorf("the watch broke: %w", apierrors.FromObject(event.Object))
	case watch.Bookmark:
		return nil
	}
	object, err := meta.Accessor(event.Object)
	if err != nil {
		return err
	}
	if event.Type == watch.Deleted {
		m.drop(object.GetUID())
		return nil
	}
	m.put(object, false)
	return nil
}

func (m *mirror) put(object metav1.Object, first bool) {
	if m.keep != nil && !m.keep(object) {
		m.drop(object.GetUID())
		return
	}
	m.mu.Lock()
	before := m.items[object.GetUID()]
	m.items[object.GetUID()] = object
	m.mu.Unlock()
	if before != nil && before.GetResourceVersion() == object.GetResourceVersion() {
		return
	}
	m.tell(before, object, first)
}

func (m *mirror) drop(uid types.UID) {
	m.mu.Lock()
	before := m.items[uid]
	delete(m.items, uid)
	m.mu.Unlock()
	if before != nil {
		m.tell(before, nil, false)
	}
}

func (m *mirror) tell(before, after metav1.Object, first bool) {
	if m.changed != nil {
		m.changed(before, after, first)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.moved)
	m.moved = make(chan struct{})
}

// begin marks the watch as alive.
func (m *mirror) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live, m.err = true, nil
	if !m.listed {
		m.listed = true
		close(m.synced)
	}
}

func (m *mirror) end(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live {
		m.lost = time.Now()
	}
	m.live, m.err = false, err
}

// wait blocks until the first list is complete.
func (m *mirror) wait(ctx context.Context) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-m.synced:
			return nil
		case <-ticker.C:
			if _, err := m.fresh(); err != nil && kubeapi.Permanent(err) {
				return err
			}
		case <-ctx.Done():
			_, err := m.fresh()
			return errors.Join(ctx.Err(), err)
		}
	}
}

// fresh tells until when the copy is known to be complete: zero while it is live.
func (m *mirror) fresh() (until time.Time, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live {
		return time.Time{}, nil
	}
	if m.err != nil {
		return m.lost, fmt.Errorf("watching %s: %w", m.what, m.err)
	}
	return m.lost, fmt.Errorf("watching %s: not begun", m.what)
}

// awaitVersion waits until the copy of one object is at least as new as version.
func (m *mirror) awaitVersion(ctx context.Context, version string) error {
	for {
		m.mu.Lock()
		moved, there := m.moved, m.has(version)
		m.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			_, err := m.fresh()
			return errors.Join(ctx.Err(), err)
		}
	}
}

// has tells, with mu held, whether any object is at least as new as version.
func (m *mirror) has(version string) bool {
	for _, object := range m.items {
		if !kubeapi.Older(object.GetResourceVersion(), version) {
			return true
		}
	}
	return false
}

// get returns the only object of a mirror of one, or nil.
func (m *mirror) get() metav1.Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, object := range m.items {
		return object
	}
	return nil
}

// collect returns the objects of a mirror that are of one type.
func collect[T metav1.Object](m *mirror) []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]T, 0, len(m.items))
	for _, object := range m.items {
		if t, ok := object.(T); ok {
			out = append(out, t)
		}
	}
	return out
}
