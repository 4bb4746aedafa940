package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// tellExceptions adds to the reasons of a failed attempt what the user's own code raised under
// its load: users that fail in on_start never come up, and nothing else says why. If no
// request of the run has succeeded either, the other scenarios would fail alike, so the
// run ends after the last attempt.
func (a *attempt) tellExceptions(ctx context.Context) {
	if !a.swarmed || a.gone != nil || a.rec.Status != result.Error && a.rec.Status != result.Invalid {
		return
	}
	a.askExceptions(ctx)
	if len(a.exceptions) == 0 {
		return
	}
	most := slices.MaxFunc(a.exceptions, func(x, y locust.Exception) int { return cmp.Compare(x.Count, y.Count) })
	a.rec.Reasons = append(a.rec.Reasons, exceptionText(most))
	if !a.failing.worked {
		a.brokenPart = errors.New(strings.Join(a.rec.Reasons, "; "))
	}
}

// askExceptions asks the master for the exceptions of user code. A reset of the statistics
// clears them as well.
func (a *attempt) askExceptions(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	if raised, err := a.generator.client.Exceptions(ctx); err == nil && len(raised) > 0 {
		a.exceptions = raised
	}
}

// exceptionText says what user code raised and where.
func exceptionText(e locust.Exception) string {
	text := fmt.Sprintf("user code raised %s: %s", matrix.Count(e.Count, "time"), words.OneLine(e.Message))
	if where := e.Where(); where != "" {
		text += " (" + where + ")"
	}
	return text
}

// warnExceptions warns of errors in user code, which are not failed requests.
func (a *attempt) warnExceptions(ctx context.Context) error {
	exceptions, err := a.generator.client.Exceptions(ctx)
	if err != nil {
		return fmt.Errorf("collecting: %w", err)
	}
	for _, e := range exceptions {
		a.rec.Warnings = append(a.rec.Warnings, exceptionText(e))
	}
	return nil
}
