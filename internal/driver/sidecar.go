package driver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// quitTime bounds asking a sidecar to end.
const quitTime = 5 * time.Second

// QuitSidecar asks a service mesh's sidecar to exit: otherwise the pod, and the Job, would
// not end. It does nothing if at is empty.
func QuitSidecar(ctx context.Context, at string) error {
	if at == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quitTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, nil)
	if err == nil {
		var resp *http.Response
		if resp, err = (&http.Transport{}).RoundTrip(req); err == nil {
			err = errors.Join(resp.Body.Close(), badStatus(resp))
		}
	}
	if err != nil {
		return fmt.Errorf("asking the sidecar at %s (%s) to end: %w", at, manifests.EnvQuit, err)
	}
	return nil
}

func badStatus(resp *http.Response) error {
	if resp.StatusCode >= http.StatusMultipleChoices {
		return errors.New(resp.Status)
	}
	return nil
}
