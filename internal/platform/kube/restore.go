package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// Restored says what was restored after a run that left its target changed.
type Restored struct {
	// Run is that run; empty when there was nothing to do.
	Run string
	// Done lists what was restored, Left what was not because somebody else had changed it.
	Done, Left []string
}

// String is one sentence; empty when there was nothing to do.
func (r Restored) String() string {
	if r.Run == "" {
		return ""
	}
	text := "restored after run " + r.Run
	if len(r.Done) > 0 {
		text += ": " + strings.Join(r.Done, ", ")
	}
	if len(r.Left) > 0 {
		text += "; left as it is, because somebody changed it: " + strings.Join(r.Left, ", ")
	}
	return text
}

// lines are one per item, for a person.
func (r Restored) lines() []string {
	var out []string
	for _, done := range r.Done {
		out = append(out, fmt.Sprintf("restored after run %s: %s", r.Run, done))
	}
	for _, left := range r.leftovers() {
		out = append(out, "left as somebody else set it "+left)
	}
	return out
}

// leftovers are the items of Left, for the report of the run that follows.
func (r Restored) leftovers() []string {
	var out []string
	for _, left := range r.Left {
		out = append(out, fmt.Sprintf("after run %s: %s", r.Run, left))
	}
	return out
}

// Restore restores what a dead run left changed, by the record in the target's Lease, and
// releases the Lease. A live holder is a *platform.HeldError; over names a run that is known
// to have ended, so that its Lease need not expire first.
func Restore(ctx context.Context, config kubeapi.Config, over string) (Restored, error) {
	cfg, c, err := prepare(settings{Config: config})
	if err != nil {
		return Restored{}, err
	}
	return restoreLease(ctx, c, newLock(c, cfg), over)
}

func restoreLease(ctx context.Context, c *kubeapi.Clients, l *lock, over string) (Restored, error) {
	lease, err := l.get(ctx)
	if apierrors.IsNotFound(err) {
		return Restored{}, nil
	}
	if err != nil {
		return Restored{}, err
	}
	run := targetlock.Holder(lease).Run
	if run == "" && lease.Annotations[targetlock.AnnotationRestore] == "" {
		return Restored{}, nil
	}
	if _, err := l.take(ctx, platform.Holder{Run: "restoring-" + run, Detail: "restoring after run " + run}, over); err != nil {
		return Restored{}, err
	}
	report, err := restore(ctx, c, l)
	report.Run = run
	if err != nil {
		return report, err
	}
	return report, l.free(ctx)
}

// restorePause is the pause between attempts to restore.
const restorePause = time.Second

// close restores and releases the lock; the session stays open if that fails.
func (s *session) close(ctx context.Context) (left []string, err error) {
	s.scaling.Lock()
	defer s.scaling.Unlock()
	report, err := s.persist(ctx)
	switch {
	case isLost(err):
		left = []string{err.Error() + ", so nothing was restored"}
	case err != nil:
		return nil, err
	}
	s.halt()
	return slices.Concat(s.takenOver.leftovers(), report.Left, left), nil
}

// persist retries giving back until ctx ends: nobody else can restore before our Lease
// expires, and then perhaps nobody does.
func (s *session) persist(ctx context.Context) (report Restored, err error) {
	for {
		err = kubeapi.AsPermanent(retryForbidden(ctx, func() error {
			report, err = s.giveBack(ctx)
			return err
		}))
		var permanent *platform.PermanentError
		if err == nil || isLost(err) || errors.As(err, &permanent) {
			return report, err
		}
		select {
		case <-time.After(restorePause):
		case <-ctx.Done():
			return report, errors.Join(ctx.Err(), err)
		}
	}
}

// giveBack restores even if the Lease was deleted: nobody else knows the record then.
func (s *session) giveBack(ctx context.Context) (Restored, error) {
	looked := s.lock.look(ctx)
	if looked != nil && !isDeleted(looked) {
		return Restored{}, looked
	}
	report, err := restore(ctx, s.clients, s.lock)
	if err != nil || looked != nil {
		return report, err
	}
	return report, s.lock.free(ctx)
}

// restore restores everything in the held lock's record: the counts after the autoscaler,
// which would otherwise override them.
func restore(ctx context.Context, c *kubeapi.Clients, l *lock) (Restored, error) {
	var report Restored
	var errs []error
	if a := l.record.Autoscaler; a != nil {
		errs = append(errs, restoreAutoscaler(ctx, c, a, &report))
	}
	for _, role := range slices.Sorted(maps.Keys(l.record.Counts)) {
		errs = append(errs, restoreCount(ctx, c, l.record.Counts[role], &report))
	}
	if err := errors.Join(errs...); err != nil {
		return report, fmt.Errorf("restoring %s: %w", l.target, err)
	}
	return report, nil
}

func restoreAutoscaler(ctx context.Context, c *kubeapi.Clients, a *kubeapi.AutoscalerRecord, report *Restored) error {
	if !a.Changed() {
		return nil
	}
	scaler := a.Open(c)
	done, note, err := scaler.Restore(ctx, a)
	if apierrors.IsNotFound(err) {
		report.Left = append(report.Left, fmt.Sprintf("%s is gone", scaler))
		return nil
	}
	if err != nil {
		return err
	}
	if done {
		report.Done = append(report.Done, note)
	} else {
		report.Left = append(report.Left, note)
	}
	return nil
}

func restoreCount(ctx context.Context, c *kubeapi.Clients, count *countRecord, report *Restored) error {
	o, err := c.Resolve(count.ScaleTargetRef)
	if err != nil {
		return err
	}
	present, err := o.GetScale(ctx)
	switch {
	case apierrors.IsNotFound(err):
		report.Left = append(report.Left, kubeapi.Describe(o.Ref)+" is gone")
		return nil
	case err != nil:
		return err
	case present.Wanted == count.Original:
		return nil
	case !count.isOurs(present.Wanted):
		report.Left = append(report.Left, fmt.Sprintf("%s has %d replicas (it was found with %d)%s", kubeapi.Describe(o.Ref), present.Wanted, count.Original, o.ScaledBy(ctx)))
		return nil
	}
	if _, err := o.SetScale(ctx, count.Original); err != nil {
		return err
	}
	report.Done = append(report.Done, fmt.Sprintf("%s has %d replicas again", kubeapi.Describe(o.Ref), count.Original))
	return nil
}
