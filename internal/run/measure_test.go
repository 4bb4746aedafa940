package run

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// TestNotReset: a master that refuses could not be measured with; one that is gone took a
// load with it that had been seen to run.
func TestNotReset(t *testing.T) {
	var a attempt
	refused := a.notReset(t.Context(), fmt.Errorf("POST /stats/reset: %w", &locust.StatusError{Code: 500}))
	gone := a.notReset(t.Context(), errors.New("connection refused"))
	var invalid *invalidError
	if errors.As(refused, &invalid) || !strings.Contains(refused.Error(), "resetting statistics: ") {
		t.Errorf("refused: %v", refused)
	}
	if !errors.As(gone, &invalid) || gone.Error() != "the master was gone when the window opened: connection refused" {
		t.Errorf("gone: %v", gone)
	}
}
