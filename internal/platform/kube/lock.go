package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	leases "k8s.io/client-go/kubernetes/typed/coordination/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// renewals is how many times a Lease is renewed within its duration.
const renewals = 6

// lock is the Lease of a target, held or not.
type lock struct {
	leases   leases.LeaseInterface
	name     string
	target   string // for messages
	duration time.Duration
	session  string

	mu     sync.Mutex // serialises our writes
	holder platform.Holder
	before string                // the run that held it before
	lease  *coordinationv1.Lease // as we last saw it
	record *record
}

func newLock(c *kubeapi.Clients, cfg settings) *lock {
	return &lock{
		leases: c.Typed.CoordinationV1().Leases(cfg.Namespace), name: cfg.LeaseName(), target: cfg.TargetName(),
		duration: cfg.leaseDuration, session: uuid.NewString(), record: &record{},
	}
}

// take acquires the Lease for holder. What an earlier holder left to restore is in
// l.record then; same tells whether that was an earlier process of the same run. dead names
// a run that is known to be over, so that its Lease need not expire first.
func (l *lock) take(ctx context.Context, holder platform.Holder, dead string) (same bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 3 {
		same, err = l.takeLocked(ctx, holder, dead)
		if !apierrors.IsConflict(err) && !apierrors.IsAlreadyExists(err) {
			break // on a conflict somebody else was quicker: look who
		}
	}
	return same, err
}

func (l *lock) takeLocked(ctx context.Context, holder platform.Holder, dead string) (same bool, err error) {
	lease, err := l.get(ctx)
	switch {
	case apierrors.IsNotFound(err):
		return false, l.create(ctx, holder)
	case err != nil:
		return false, err
	}
	before := targetlock.Holder(lease)
	same = before.Run == holder.Run
	if before.Run != "" && before.Run != dead && !same {
		if lease, err = l.expired(ctx, lease); err != nil {
			return false, err
		}
	}
	rec, err := decodeRecord(lease.Annotations[targetlock.AnnotationRestore])
	if err != nil {
		return false, &platform.PermanentError{Err: fmt.Errorf("taking over Lease %s: %w; restore its target yourself and delete it", l.name, err)}
	}
	l.holder, l.before, l.record, l.lease = holder, before.Run, rec, lease
	return same, l.write(ctx, true)
}

// expired makes sure that a Lease which looks expired is: clocks differ, so it waits to see
// whether anybody renews it.
func (l *lock) expired(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	held := &platform.HeldError{Target: l.target, Holder: targetlock.Holder(lease)}
	if !targetlock.Expired(lease, l.duration) {
		return nil, held
	}
	select {
	case <-time.After(targetlock.Duration(lease, l.duration) * 3 / (2 * renewals)):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	again, err := l.get(ctx)
	if err == nil && again.ResourceVersion != lease.ResourceVersion {
		return nil, held
	}
	return again, err
}

func (l *lock) get(ctx context.Context) (*coordinationv1.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	defer cancel()
	lease, err := l.leases.Get(ctx, l.name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading Lease %s: %w", l.name, err)
	}
	return lease, nil
}

func (l *lock) create(ctx context.Context, holder platform.Holder) error {
	ctx, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	defer cancel()
	l.holder, l.record = holder, &record{}
	l.lease = &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
		Name: l.name, Annotations: map[string]string{targetlock.AnnotationCreated: holder.Run},
		Labels: map[string]string{"app.kubernetes.io/managed-by": "swarmgrid"},
	}}
	l.fill(l.lease, true)
	made, err := l.leases.Create(ctx, l.lease, metav1.CreateOptions{FieldManager: kubeapi.FieldManager})
	if err != nil {
		return fmt.Errorf("creating Lease %s: %w", l.name, err)
	}
	l.lease = made
	return nil
}

// write updates the Lease, with mu held. It conflicts if somebody else has changed it since
// we last read it.
func (l *lock) write(ctx context.Context, taking bool) error {
	ctx, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	defer cancel()
	next := l.lease.DeepCopy()
	l.fill(next, taking)
	updated, err := l.leases.Update(ctx, next, metav1.UpdateOptions{FieldManager: kubeapi.FieldManager})
	if err != nil {
		return fmt.Errorf("writing Lease %s: %w", l.name, err)
	}
	l.lease = updated
	return nil
}

func (l *lock) fill(lease *coordinationv1.Lease, taking bool) {
	now := metav1.NowMicro()
	seconds := max(int32(l.duration/time.Second), 1)
	run := l.holder.Run
	lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.RenewTime = &run, &seconds, &now
	if taking {
		transitions := int32(1)
		if lease.Spec.LeaseTransitions != nil {
			transitions = *lease.Spec.LeaseTransitions + 1
		}
		lease.Spec.AcquireTime, lease.Spec.LeaseTransitions = &now, &transitions
	}
	if lease.Annotations == nil {
		lease.Annotations = map[string]string{}
	}
	lease.Annotations[targetlock.AnnotationHolder], lease.Annotations[targetlock.AnnotationSession] = l.holder.Detail, l.session
	if l.record.empty() {
		delete(lease.Annotations, targetlock.AnnotationRestore)
	} else {
		lease.Annotations[targetlock.AnnotationRestore] = l.record.encode()
	}
}

// save changes the record and writes it to the Lease.
func (l *lock) save(ctx context.Context, edit func(*record)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	edit(l.record)
	return l.renewLocked(ctx)
}

// edit changes the record in memory only; the next write includes it.
func (l *lock) edit(edit func(*record)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	edit(l.record)
}

// ours are the counts that we may have set for a role.
func (l *lock) ours(role platform.Role) []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.record.Counts[role].Ours)
}

// autoscaler returns a copy of the autoscaler's record, which there must be.
func (l *lock) autoscaler() *kubeapi.AutoscalerRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := *l.record.Autoscaler
	return &r
}

// renew renews the Lease.
func (l *lock) renew(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renewLocked(ctx)
}

// renewLocked writes. After a conflict it checks whether the lock was taken over or the
// Lease was merely edited, as by a label.
func (l *lock) renewLocked(ctx context.Context) error {
	err := l.write(ctx, false)
	if !apierrors.IsConflict(err) {
		return err
	}
	if err := l.lookLocked(ctx); err != nil {
		return err
	}
	return l.write(ctx, false)
}

// look checks whether the lock is still ours; if not, the error is a *lostError.
func (l *lock) look(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lookLocked(ctx)
}

func (l *lock) lookLocked(ctx context.Context) error {
	lease, err := l.get(ctx)
	if apierrors.IsNotFound(err) {
		return &lostError{lock: l.name, deleted: true}
	}
	if err != nil {
		return err
	}
	if h := targetlock.Holder(lease); h.Run != l.holder.Run || lease.Annotations[targetlock.AnnotationSession] != l.session {
		return &lostError{lock: l.name, to: fmt.Sprintf("run %s (%s)", h.Run, h.Detail)}
	}
	l.lease = lease
	return nil
}

// free releases the lock once everything is restored. A Lease that we created is deleted,
// if we may delete it.
func (l *lock) free(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.freeLocked(ctx)
	if apierrors.IsConflict(err) {
		if err = l.lookLocked(ctx); err == nil {
			err = l.freeLocked(ctx)
		}
	}
	if apierrors.IsNotFound(err) || isDeleted(err) {
		return nil
	}
	return err
}

func (l *lock) freeLocked(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	defer cancel()
	if l.lease.Annotations[targetlock.AnnotationCreated] != "" {
		err := l.leases.Delete(ctx, l.name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{
			UID: &l.lease.UID, ResourceVersion: &l.lease.ResourceVersion,
		}})
		if !apierrors.IsForbidden(err) {
			return err
		}
	}
	next := l.lease.DeepCopy()
	next.Spec = coordinationv1.LeaseSpec{LeaseTransitions: next.Spec.LeaseTransitions}
	for _, note := range []string{targetlock.AnnotationRestore, targetlock.AnnotationHolder, targetlock.AnnotationSession} {
		delete(next.Annotations, note)
	}
	updated, err := l.leases.Update(ctx, next, metav1.UpdateOptions{FieldManager: kubeapi.FieldManager})
	if err != nil {
		return fmt.Errorf("giving Lease %s back: %w", l.name, err)
	}
	l.lease = updated
	return nil
}

// lostError says that the lock was taken over by another run while we held it, or deleted.
type lostError struct {
	lock, to string
	deleted  bool
}

func (e *lostError) Error() string {
	if e.deleted {
		return fmt.Sprintf("the lock is lost: Lease %s was deleted", e.lock)
	}
	return fmt.Sprintf("the lock is lost: Lease %s was taken over by %s", e.lock, e.to)
}

func isLost(err error) bool {
	var lost *lostError
	return errors.As(err, &lost)
}

// isDeleted tells whether the Lease was deleted, so that nobody holds the lock.
func isDeleted(err error) bool {
	var lost *lostError
	return errors.As(err, &lost) && lost.deleted
}
