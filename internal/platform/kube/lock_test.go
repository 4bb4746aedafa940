package kube

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

func shop(t *testing.T) *fakeCluster {
	t.Helper()
	return newFakeCluster(t, map[string]int{"inference": 3, "locust-master": 1, "locust-worker": 2})
}

func acquired(t *testing.T, c *fakeCluster, run string, edit func(*settings)) *Platform {
	t.Helper()
	p := c.platform(edit)
	if err := p.Acquire(t.Context(), platform.Holder{Run: run, Detail: "test"}); err != nil {
		t.Fatal(err)
	}
	s := p.held
	t.Cleanup(s.halt) // for those that are not released
	return p
}

func scaleTo(t *testing.T, p *Platform, n int) {
	t.Helper()
	if err := p.Scale(t.Context(), platform.Target, n); err != nil {
		t.Fatal(err)
	}
}

func (c *fakeCluster) setLease(edit func(*coordinationv1.Lease)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lease := c.lease().DeepCopy()
	edit(lease)
	lease.ResourceVersion = c.next()
	c.must(c.typed.Tracker().Update(coordinationv1.SchemeGroupVersion.WithResource("leases"), lease, testNamespace))
}

func TestRecordComesFirst(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	c.before = func(n int) {
		rec, err := decodeRecord(c.lease().Annotations[targetlock.AnnotationRestore])
		if target := rec.Counts[platform.Target]; err != nil || target.Original != 3 || n != 3 && !slices.Contains(target.Ours, n) {
			t.Errorf("at the time of the change to %d the Lease says %+v, %v", n, target, err)
		}
	}
	scaleTo(t, p, 5)
	if err := p.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if n := c.count("inference"); n != 3 {
		t.Errorf("after Release there are %d replicas", n)
	}
}

func TestScaleAgainAsksNothing(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	scaleTo(t, p, 5)
	c.refuse = errors.New("asked again")
	for range 3 {
		scaleTo(t, p, 5)
	}
	c.refuse = nil
	c.must(p.Release(t.Context()))
}

// TestFailedScaleIsOurs holds when it is not known whether a change was made.
func TestFailedScaleIsOurs(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	scaleTo(t, p, 4)
	c.refuse = errors.New("connection reset")
	if err := p.Scale(t.Context(), platform.Target, 6); err == nil {
		t.Fatal("a refused Scale is no error")
	}
	c.refuse = nil
	c.set("inference", 6) // it was made after all
	c.must(p.Release(t.Context()))
	if n := c.count("inference"); n != 3 {
		t.Errorf("after Release there are %d replicas", n)
	}
}

func TestMissingRightIsPermanent(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	c.refuse = apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments/scale"}, "inference", errors.New("no"))
	err := p.Scale(t.Context(), platform.Target, 6)
	var permanent *platform.PermanentError
	if !errors.As(err, &permanent) {
		t.Errorf("Scale: %v, want a *PermanentError", err)
	}
	c.refuse = nil
	c.must(p.Release(t.Context()))
}

func TestSomebodyElseScaled(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	scaleTo(t, p, 5)
	c.set("inference", 7)
	var permanent *platform.PermanentError
	if err := p.Scale(t.Context(), platform.Target, 2); !errors.As(err, &permanent) || !strings.Contains(err.Error(), "somebody set Deployment inference to 7 replicas") {
		t.Errorf("Scale: %v, want a refusal to overwrite", err)
	}
	err := p.Release(t.Context())
	want := &platform.LeftError{What: []string{"Deployment inference has 7 replicas (it was found with 3)"}}
	var left *platform.LeftError
	if !errors.As(err, &left) || !cmp.Equal(left, want) {
		t.Errorf("Release: %v, want %v", err, want)
	}
	if n := c.count("inference"); n != 7 {
		t.Errorf("after Release there are %d replicas", n)
	}
}

func TestLeaseThatWasThere(t *testing.T) {
	c := shop(t)
	made := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
		Name: "swarmgrid-deployment-inference", Namespace: testNamespace, UID: "lease", ResourceVersion: c.next(),
		Labels: map[string]string{"app": "locust"}, Annotations: map[string]string{"by": "deploy"},
	}}
	c.must(c.typed.Tracker().Add(made))
	p := acquired(t, c, "a", nil)
	if got := targetlock.Holder(c.lease()); got != (platform.Holder{Run: "a", Detail: "test"}) {
		t.Errorf("held by %+v", got)
	}
	c.must(p.Release(t.Context()))
	lease := c.lease()
	if lease.Spec.HolderIdentity != nil || !cmp.Equal(lease.Annotations, made.Annotations) || !cmp.Equal(lease.Labels, made.Labels) {
		t.Errorf("after Release the Lease is %+v", lease)
	}
}

func TestOwnLeaseGoes(t *testing.T) {
	c := shop(t)
	c.must(acquired(t, c, "a", nil).Release(t.Context()))
	_, err := c.typed.CoordinationV1().Leases(testNamespace).Get(t.Context(), "swarmgrid-deployment-inference", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("the Lease that we made: %v", err)
	}
}

func TestLostLock(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	scaleTo(t, p, 5)
	c.setLease(func(l *coordinationv1.Lease) {
		other := "b"
		l.Spec.HolderIdentity, l.Annotations[targetlock.AnnotationSession], l.Annotations[targetlock.AnnotationHolder] = &other, "another", "elsewhere"
	})
	var permanent *platform.PermanentError
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := p.Status(t.Context(), platform.Target); errors.As(err, &permanent) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the loss was not noticed")
		}
	}
	if err := p.Scale(t.Context(), platform.Target, 1); !errors.As(err, &permanent) || !strings.Contains(err.Error(), "run b (elsewhere)") {
		t.Errorf("Scale without the lock: %v", err)
	}
	var left *platform.LeftError
	if err := p.Release(t.Context()); !errors.As(err, &left) {
		t.Errorf("Release without the lock: %v, want a *LeftError", err)
	}
	if n := c.count("inference"); n != 5 {
		t.Errorf("the loser has scaled to %d", n)
	}
}

// TestDeletedLease: a Lease that is gone has no other holder, so what it told is still restored.
func TestDeletedLease(t *testing.T) {
	const name = "swarmgrid-deployment-inference"
	leases := coordinationv1.SchemeGroupVersion.WithResource("leases")
	for _, deployed := range []bool{false, true} {
		c := shop(t)
		if deployed { // by `swarmgrid deploy`, so that the run may not delete it
			c.must(c.typed.Tracker().Create(leases, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: testNamespace}}, testNamespace))
		}
		var deleted atomic.Bool
		c.typed.PrependReactor("update", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			// A server may create by an update, and minds only the UID.
			return deleted.Load(), nil, apierrors.NewConflict(leases.GroupResource(), name, errors.New("uid"))
		})
		p := acquired(t, c, "a", nil)
		scaleTo(t, p, 5)
		c.must(c.typed.Tracker().Delete(leases, testNamespace, name))
		deleted.Store(true)
		if err := p.Release(t.Context()); err != nil || c.count("inference") != 3 {
			t.Errorf("deployed %v: Release: %v, and there are %d replicas", deployed, err, c.count("inference"))
		}
	}
}

// TestNewsTakeTime: an observation proves a moment only when the kubelet must have
// told of it.
func TestNewsTakeTime(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	moment := time.Now()
	waitStatus(t, p, func(st platform.Status, err error) bool { return err == nil && !st.At.Before(moment) })
	if took := time.Since(moment); took < newsDelay {
		t.Errorf("the moment was proven after %v", took)
	}
	c.must(p.Release(t.Context()))
}

func TestServerAway(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", func(cfg *settings) { cfg.stale = time.Second })
	before := waitStatus(t, p, func(_ platform.Status, err error) bool { return err == nil })
	c.away.Store(true)
	waitStatus(t, p, func(_ platform.Status, err error) bool {
		return err != nil && strings.Contains(err.Error(), "connection refused")
	})
	back := time.Now()
	c.away.Store(false)
	after := waitStatus(t, p, func(st platform.Status, err error) bool { return err == nil && st.At.After(back) })
	if !cmp.Equal(before.Replicas, after.Replicas) || before.Generation != after.Generation || before.Revision != after.Revision {
		t.Errorf("nothing happened, but\n%+v became\n%+v", before, after)
	}
	c.must(p.Release(t.Context()))
}

// TestReleaseOutlastsTheServer restores although the API server is away at first.
func TestReleaseOutlastsTheServer(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	scaleTo(t, p, 5)
	c.away.Store(true)
	time.AfterFunc(500*time.Millisecond, func() { c.away.Store(false) })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.Release(ctx); err != nil || c.count("inference") != 3 {
		t.Errorf("Release: %v, and there are %d replicas", err, c.count("inference"))
	}
}

func TestReleaseEndsWithItsContext(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	c.away.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := p.Release(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("Release: %v, want the end of its context and why", err)
	}
	c.away.Store(false)
	c.must(p.Release(t.Context()))
}

// TestReleaseWithoutRight does not try for long what stays forbidden.
func TestReleaseWithoutRight(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	scaleTo(t, p, 5)
	c.refuse = apierrors.NewForbidden(schema.GroupResource{Resource: "deployments/scale"}, "inference", errors.New("no"))
	var permanent *platform.PermanentError
	if err := p.Release(t.Context()); !errors.As(err, &permanent) {
		t.Errorf("Release: %v, want a *PermanentError", err)
	}
	c.refuse = nil
	c.must(p.Release(t.Context()))
}

func waitStatus(t *testing.T, p *Platform, ok func(platform.Status, error) bool) platform.Status {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		st, err := p.Status(t.Context(), platform.Target)
		if ok(st, err) {
			return st
		}
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %+v, %v", st, err)
		}
	}
}
