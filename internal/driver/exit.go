package driver

import (
	"context"
	"errors"
	"path/filepath"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// WriteJournal writes a journal into a run's directory, as rundir's Store does line by line.
func WriteJournal(dir string, journal *result.Run) error {
	data, err := result.Encode(journal)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(dir, rundir.JournalName), data)
}

// Exit is what a driver's process ends with.
type Exit struct {
	Code int
	// Finished says that the run is over: no other pod continues it.
	Finished bool
}

// ExitOf is the exit for the Job to see (manifests.ExitTryAgain); code is the exit code
// outside a cluster.
func ExitOf(ctx context.Context, err error, code int) Exit {
	switch {
	case err == nil:
		return Exit{code, true}
	case ctx.Err() != nil:
		return Exit{code, false} // told to stop: the next pod goes on
	case Transient(err):
		return Exit{manifests.ExitTryAgain, false}
	}
	return Exit{code, true}
}

// Transient tells whether the next pod may succeed: the error is the network's or the API
// server's, and not a refusal by the experiment or the cluster.
func Transient(err error) bool {
	if errors.As(err, new(*BusyError)) {
		return true
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return !kubeapi.Permanent(err) && !kubeapi.Denied(err)
	}
	return kubeapi.Unreachable(err)
}
