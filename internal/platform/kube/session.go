package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

const (
	// beatEvery is the interval of the heartbeat, which checks the API server and our lock.
	beatEvery = time.Second
	// beatTime bounds one heartbeat.
	beatTime = 3 * time.Second
	// newsDelay is how late the API server may learn what happens to a pod: the kubelet
	// relists its containers every second (PLEG) and then writes the pod's status. So an
	// observation is complete only up to that long ago.
	newsDelay = 2 * time.Second
	// forbiddenPause is the pause before a 403 is tried again: an API server that has just
	// started may not have loaded its Roles.
	forbiddenPause = 2 * time.Second
)

// session lasts from Acquire to Release.
type session struct {
	cfg       settings
	clients   *kubeapi.Clients
	lock      *lock
	scaler    kubeapi.Autoscaler // nil when nobody else scales the target
	observers map[platform.Role]*observer
	forward   *kubeapi.Forwarder // nil when the master is reached by a URL
	logs      logCache
	// takenOver is what was restored after a dead run.
	takenOver Restored

	stop    context.CancelFunc
	running sync.WaitGroup

	scaling sync.Mutex // one change at a time
	mu      sync.Mutex
	good    time.Time // when the API server last answered
	beatErr error     // what it said since
	lost    error     // the lock is not ours any more
}

// open takes the lock and starts observing; on error it undoes both.
func open(ctx context.Context, cfg settings, c *kubeapi.Clients, holder platform.Holder) (*session, error) {
	s := &session{cfg: cfg, clients: c, lock: newLock(c, cfg), observers: map[platform.Role]*observer{}}
	objects, err := s.resolve()
	if err != nil {
		return nil, err
	}
	same, err := s.lock.take(ctx, holder, "")
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, objects, same); err != nil {
		return nil, errors.Join(err, s.abandon(ctx))
	}
	return s, nil
}

func (s *session) resolve() (map[platform.Role]kubeapi.Object, error) {
	objects := map[platform.Role]kubeapi.Object{}
	for role, ref := range s.cfg.Refs() {
		o, err := s.clients.Resolve(ref)
		if err != nil {
			return nil, err
		}
		objects[role] = o
	}
	return objects, nil
}

// abandon releases the lock after a failed start, unless there is something to restore.
func (s *session) abandon(ctx context.Context) error {
	s.halt()
	for _, c := range s.lock.record.Counts {
		if len(c.Ours) > 1 || len(c.Ours) == 1 && !c.isOurs(c.Original) {
			return nil // the Lease expires, and the next to take it restores
		}
	}
	if s.lock.record.Autoscaler.Changed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), kubeapi.CallTime)
	defer cancel()
	return s.lock.free(ctx)
}

// begin records the original state and starts observing. Changes by a dead run are restored
// first; those by an earlier process of the same run are kept.
func (s *session) begin(ctx context.Context, objects map[platform.Role]kubeapi.Object, same bool) error {
	if !same && !s.lock.record.empty() {
		report, err := restore(ctx, s.clients, s.lock)
		if err != nil {
			return err
		}
		s.takenOver = report
		s.takenOver.Run = s.lock.before
		s.lock.edit(func(r *record) { *r = record{} })
	}
	scales := map[platform.Role]kubeapi.Scale{}
	for role, o := range objects {
		found, err := o.GetScale(ctx)
		if err != nil {
			return kubeapi.AsPermanent(err)
		}
		if found.Selector == "" {
			return &platform.PermanentError{Err: fmt.Errorf("reading the scale of %s: it has no selector, so its pods cannot be found", kubeapi.Describe(o.Ref))}
		}
		scales[role] = found
	}
	if err := s.findAutoscaler(ctx, objects); err != nil {
		return err
	}
	if err := s.note(ctx, objects, scales); err != nil {
		return err
	}
	return s.observe(ctx, objects, scales)
}

// findAutoscaler refuses an autoscaler or prepares to pause it.
func (s *session) findAutoscaler(ctx context.Context, objects map[platform.Role]kubeapi.Object) error {
	if rec := s.lock.record.Autoscaler; rec != nil {
		s.scaler = rec.Open(s.clients)
		return nil
	}
	target, ok := objects[platform.Target]
	if !ok {
		return nil
	}
	found, err := kubeapi.FindAutoscaler(ctx, s.clients, target)
	if err != nil || found == nil {
		return err
	}
	if s.cfg.Autoscaler != v1alpha1.AutoscalerPause {
		return &platform.PermanentError{Err: kubeapi.AutoscalerRefused(found, target.Ref)}
	}
	if k, ok := found.(*kubeapi.KEDA); ok && k.Unread != nil {
		return kubeapi.AsPermanent(k.Unread)
	}
	s.scaler = found
	return nil
}

// note records the original counts and autoscaler.
func (s *session) note(ctx context.Context, objects map[platform.Role]kubeapi.Object, scales map[platform.Role]kubeapi.Scale) error {
	return s.lock.save(ctx, func(r *record) {
		if r.Counts == nil {
			r.Counts = map[platform.Role]*countRecord{}
		}
		for role, o := range objects {
			if before := r.Counts[role]; before == nil || before.ScaleTargetRef != o.Ref {
				r.Counts[role] = &countRecord{ScaleTargetRef: o.Ref, Original: scales[role].Wanted, Ours: []int{scales[role].Wanted}}
			}
		}
		if s.scaler != nil && r.Autoscaler == nil {
			r.Autoscaler = s.scaler.Record()
		}
	})
}

func (s *session) observe(ctx context.Context, objects map[platform.Role]kubeapi.Object, scales map[platform.Role]kubeapi.Scale) error {
	s.good = time.Now()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	for role, o := range objects {
		s.observers[role] = newObserver(s.clients, o, scales[role], s.cfg, role)
		s.observers[role].start(background, &s.running)
	}
	s.running.Go(func() { s.beat(background) })
	waiting, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	defer cancel()
	for _, w := range s.observers {
		if err := w.wait(waiting); err != nil {
			return kubeapi.AsPermanent(err)
		}
	}
	if err := s.front(ctx); err != nil {
		return err
	}
	if master := s.observers[platform.Master]; master != nil && s.cfg.MasterURL == "" {
		f, err := kubeapi.NewForwarder(s.cfg.REST, s.cfg.Namespace, s.cfg.MasterPort, master.runningPod)
		if err != nil {
			return err
		}
		s.forward = f
		s.running.Go(func() { f.Serve(background) })
	}
	return nil
}

// halt stops all background work and waits for it.
func (s *session) halt() {
	if s.stop != nil {
		s.stop()
	}
	s.running.Wait()
}

// beat renews the lock and checks that the API server is there.
func (s *session) beat(ctx context.Context) {
	ticker := time.NewTicker(min(beatEvery, s.lock.duration/renewals))
	defer ticker.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		began := time.Now()
		due := began.Sub(renewed) >= s.lock.duration/renewals
		err := s.ping(ctx, due)
		if err == nil && due {
			renewed = began
		}
		if ctx.Err() != nil {
			return
		}
		s.pinged(began, err)
	}
}

func (s *session) ping(ctx context.Context, renew bool) error {
	ctx, cancel := context.WithTimeout(ctx, beatTime)
	defer cancel()
	if renew {
		return s.lock.renew(ctx)
	}
	return s.lock.look(ctx)
}

func (s *session) pinged(at time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beatErr = err
	if err == nil {
		s.good = at
	}
	if isLost(err) && s.lost == nil {
		s.lost = err
	}
}

// current tells until when the observations of w are known to be complete.
func (s *session) current(w *observer) (time.Time, error) {
	s.mu.Lock()
	at, beatErr, lost := s.good, s.beatErr, s.lost
	s.mu.Unlock()
	if lost != nil {
		return at, &platform.PermanentError{Err: lost}
	}
	until, err := w.fresh()
	if err != nil && until.Before(at) {
		at = until
	}
	if age := time.Since(at); age > s.cfg.stale {
		return at, fmt.Errorf("observing %s: nothing heard for %v: %w", kubeapi.Describe(w.Ref), age.Round(time.Second), errors.Join(err, beatErr))
	}
	return at, nil
}

// set scales one role, after recording that the change is ours.
func (s *session) set(ctx context.Context, role platform.Role, n int) error {
	s.scaling.Lock()
	defer s.scaling.Unlock()
	w := s.observers[role]
	if _, err := s.current(w); err == nil && s.isDone(w, role, n) {
		return nil
	} else if isLost(err) {
		return err
	}
	if err := s.undisturbed(ctx, role); err != nil {
		return err
	}
	err := s.lock.save(ctx, func(r *record) { r.Counts[role].next(n) })
	if err != nil {
		return fmt.Errorf("scaling %s to %d: %w", kubeapi.Describe(w.Ref), n, s.seen(err))
	}
	if s.scaledByOther(role) {
		if err := s.hold(ctx, n); err != nil {
			return err
		}
	}
	err = retryForbidden(ctx, func() error { return w.ask(ctx, n) })
	if err != nil {
		return kubeapi.AsPermanent(err)
	}
	s.lock.edit(func(r *record) { r.Counts[role].done(n) })
	return nil
}

// undisturbed refuses to overwrite a target's count that somebody else has set since we
// did. With an autoscaler that we pause, the autoscaler is checked instead; the load's
// Deployments are ours anyway.
func (s *session) undisturbed(ctx context.Context, role platform.Role) error {
	if s.scaledByOther(role) {
		return s.undisturbedScaler(ctx)
	}
	w := s.observers[role]
	if role != platform.Target || slices.Contains(s.lock.ours(role), w.wanted()) {
		return nil
	}
	present, err := w.GetScale(ctx) // what is observed may be late
	if err != nil {
		return kubeapi.AsPermanent(err)
	}
	if slices.Contains(s.lock.ours(role), present.Wanted) {
		return nil
	}
	return &platform.PermanentError{Err: fmt.Errorf("somebody set %s to %d replicas meanwhile%s, so it is left as it is", kubeapi.Describe(w.Ref), present.Wanted, w.ScaledBy(ctx))}
}

func (s *session) undisturbedScaler(ctx context.Context) error {
	found, by, err := s.scaler.Foreign(ctx, s.lock.autoscaler())
	if err != nil {
		return kubeapi.AsPermanent(err)
	}
	if found != "" {
		return &platform.PermanentError{Err: fmt.Errorf("somebody set %s to %s meanwhile%s, so it is left as it is", s.scaler, found, by)}
	}
	return nil
}

// seen remembers it if the lock is lost.
func (s *session) seen(err error) error {
	if isLost(err) {
		s.pinged(time.Time{}, err)
		return &platform.PermanentError{Err: err}
	}
	return err
}

// isDone tells whether scaling to n would change nothing.
func (s *session) isDone(w *observer, role platform.Role, n int) bool {
	return w.wanted() == n && slices.Equal(s.lock.ours(role), []int{n}) && (!s.scaledByOther(role) || slices.Equal(s.lock.autoscaler().Ours, []int{n}))
}

// scaledByOther tells whether an autoscaler scales the role, too.
func (s *session) scaledByOther(role platform.Role) bool {
	return role == platform.Target && s.scaler != nil
}

// hold pins the autoscaler at n, after recording that the change is ours.
func (s *session) hold(ctx context.Context, n int) error {
	if err := s.lock.save(ctx, func(r *record) { r.Autoscaler.Next(n) }); err != nil {
		return s.seen(err)
	}
	err := retryForbidden(ctx, func() error { return s.scaler.Hold(ctx, n) })
	if err != nil {
		return kubeapi.AsPermanent(fmt.Errorf("holding %s at %d: %w", s.scaler, n, err))
	}
	s.lock.edit(func(r *record) { r.Autoscaler.Done(n) })
	return nil
}

// retryForbidden believes a 403 only when it comes twice.
func retryForbidden(ctx context.Context, do func() error) error {
	err := do()
	if err == nil || !apierrors.IsForbidden(err) {
		return err
	}
	select {
	case <-time.After(forbiddenPause):
		return do()
	case <-ctx.Done():
		return errors.Join(ctx.Err(), err)
	}
}
