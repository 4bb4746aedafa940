package kubeapi

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// The patience with an API server that does not answer: a control plane's restart
// takes less, and what was measured is worth waiting for.
const (
	Patience   = 3 * time.Minute
	RetryPause = 500 * time.Millisecond
)

// deniedPatience is how long a refusal may be the server's own trouble: one that has just
// started does not know the Roles yet, and refuses what it granted before.
const deniedPatience = 30 * time.Second

// FinalSince tells whether a call that has been tried since then will never succeed: a
// refusal is believed when it has lasted.
func FinalSince(err error, since time.Time) bool {
	if Denied(err) {
		return time.Since(since) >= deniedPatience
	}
	return Final(err)
}

// Patiently calls the API server until it answers, for as long as Patience.
func Patiently(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	begin := time.Now()
	for {
		err := call(ctx)
		if err == nil || FinalSince(err, begin) || Pause(ctx, RetryPause) != nil {
			return err
		}
	}
}

// Pause waits for d or the end of ctx.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Explain adds the next step for a person where there is one.
func Explain(err error) error {
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%w; run `swarmgrid deploy FILE` first", err)
	case Denied(err):
		return fmt.Errorf("%w; docs/kubernetes.md lists the rights that are needed", err)
	}
	return err
}
