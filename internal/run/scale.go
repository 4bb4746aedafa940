package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// platformPause is between two observations of workloads, which are cheap.
const platformPause = 50 * time.Millisecond

// scale asks for n replicas of a role and looks whether they are there. A role that the
// platform does not scale is as it should be.
func scale(ctx context.Context, p platform.Platform, role platform.Role, n int) (progress, error) {
	if !p.Properties().Scalable[role] {
		return done()
	}
	if err := p.Scale(ctx, role, n); err != nil {
		var permanent *platform.PermanentError
		if errors.As(err, &permanent) {
			return progress{}, &permanentError{fmt.Errorf("scaling %s to %d: %w", role, n, err)}
		}
		return again(platformPause, "scaling %s to %d: %v", role, n, err)
	}
	s, err := p.Status(ctx, role)
	switch {
	case err != nil:
		return again(platformPause, "observing %s: %v", role, err)
	case s.Stuck != "":
		return progress{}, &permanentError{fmt.Errorf("%s cannot reach %s: %s", role, matrix.Count(n, "replica"), s.Stuck)}
	case s.Settled(n):
		return done()
	}
	return again(platformPause, "%s has %d of %d replicas ready, %d draining%s", role, s.Ready, n, s.Draining, words.Colon(s.Waiting))
}

// scaleTarget scales the target, for which the experiment sets the limit.
func scaleTarget(ctx context.Context, p platform.Platform, n int) (progress, error) {
	reached, err := scale(ctx, p, platform.Target, n)
	reached.bound = "spec.target.ready.timeout"
	return reached, err
}

// targetLimit is how long the target may take to be scaled.
func targetLimit(e *experiment.Experiment) time.Duration {
	return e.LoadMatrix.Spec.Target.Ready.Timeout.Duration + platform.DrainTimeout
}
