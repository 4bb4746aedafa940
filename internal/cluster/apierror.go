package cluster

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// FieldManager owns the fields that we set, in the objects' managedFields.
const FieldManager = "swarmgrid"

func isConflict(err error) bool { return apierrors.IsConflict(err) }

// final tells whether trying again is pointless. A conflict, a server that is
// away, too busy or shutting down is not.
func final(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) ||
		apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsRequestEntityTooLargeError(err) ||
		apierrors.IsMethodNotSupported(err) || apierrors.IsAlreadyExists(err)
}

// explain adds the next step where there is one.
func explain(err error) error {
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%w; run `swarmgrid deploy FILE` first", err)
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return fmt.Errorf("%w; docs/kubernetes.md lists the rights that are needed", err)
	}
	return err
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// forbiddenPatience is how long a refusal may be the server's own trouble: one that
// has just started does not know the Roles yet, and refuses what it granted before.
const forbiddenPatience = 30 * time.Second

// hopeless tells whether a call that has been tried since then will never succeed.
func hopeless(err error, since time.Time) bool {
	return final(err) && !(Denied(err) && time.Since(since) < forbiddenPatience)
}

// patiently calls the API server until it answers, for as long as storePatience.
func patiently(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	begin := time.Now()
	for {
		err := call(ctx)
		if err == nil || hopeless(err, begin) || pause(ctx, storePause) != nil {
			return err
		}
	}
}

// Denied tells whether the caller lacks a right, which another pod would not have either.
func Denied(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) }
