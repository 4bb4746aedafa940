package kubeapi

import (
	"context"
	"time"
)

// RetryTime is how long an API server that does not answer is waited for: a control plane's
// restart takes less, and what was measured is worth waiting for.
const (
	RetryTime  = 3 * time.Minute
	RetryPause = 500 * time.Millisecond
)

// deniedTime is how long a refusal may be the server's own trouble: one that has just
// started does not know the Roles yet, and refuses what it granted before.
const deniedTime = 30 * time.Second

// PermanentSince tells whether a call that has been tried since then will never succeed: a
// refusal is believed when it has lasted.
func PermanentSince(err error, since time.Time) bool {
	if Denied(err) {
		return time.Since(since) >= deniedTime
	}
	return Permanent(err)
}

// Retry calls the API server until it answers, for at most RetryTime.
func Retry(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, RetryTime)
	defer cancel()
	begin := time.Now()
	for {
		err := call(ctx)
		if err == nil || PermanentSince(err, begin) || Pause(ctx, RetryPause) != nil {
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
