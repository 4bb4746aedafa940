package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/draft"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local"
)

// startTime bounds the start of a replica that is only looked at.
const startTime = time.Minute

// withReplica runs one replica of a command for as long as use takes. It counts as there
// once its port accepts connections.
func withReplica(ctx context.Context, env *Env, c draft.Command, use func(base string) error) (err error) {
	dir, err := os.MkdirTemp(env.TempDir, "swarmgrid-look-")
	if err != nil {
		return fmt.Errorf("making a folder for its log: %w", err)
	}
	defer func() { err = withoutLogs(errors.Join(err, os.RemoveAll(dir)), dir) }()
	p, err := local.New(local.Config{
		RunDir: dir, LockDir: filepath.Join(orElse(env.CacheDir, env.TempDir), "swarmgrid", "locks"),
		Target: &local.Workload{Command: c.Args, Env: c.Env, ReadyTimeout: startTime},
		Self:   []string{env.Executable, "balancer"},
		// It is started once: if it ends, it is not started again.
		CrashLoop: 1, Backoff: startTime,
	})
	if err != nil {
		return usageError{err}
	}
	if err := p.Acquire(ctx, newHolder()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Release(context.WithoutCancel(ctx))) }()
	if err := p.Scale(ctx, platform.Target, 1); err != nil {
		return err
	}
	if err := awaitReplica(ctx, p); err != nil {
		return err
	}
	base, err := p.Address(platform.Target)
	if err != nil {
		return err
	}
	return use(base)
}

func awaitReplica(ctx context.Context, p platform.Platform) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := p.Status(ctx, platform.Target)
		switch {
		case err != nil:
			return err
		case s.Stuck != "":
			return fmt.Errorf("the process does not start: %s", s.Stuck)
		case s.Settled(1):
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the process listens on no port after %v: %s", startTime, s.Waiting)
		}
	}
}
