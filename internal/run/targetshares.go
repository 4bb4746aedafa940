package run

import (
	"context"
	"errors"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// sharing measures how the load is shared out among the replicas in a window.
type targetShares struct {
	from  platform.Sharer
	start platform.Shares
	err   error
}

// startShares looks as the window opens; nil when there is no target to look at.
func (a *attempt) startShares(ctx context.Context) *targetShares {
	if !a.watch.SeesTarget() {
		return nil
	}
	s := &targetShares{err: errors.New("this platform does not count")}
	if from, ok := a.platform.(platform.Sharer); ok {
		s.from = from
		s.start, s.err = s.read(ctx)
	}
	return s
}

func (s *targetShares) read(ctx context.Context) (platform.Shares, error) {
	ctx, cancel := context.WithTimeout(ctx, metricsLimit)
	defer cancel()
	return s.from.Shares(ctx)
}

// stop looks as the window closes.
func (s *targetShares) stop(ctx context.Context) (source string, given map[string]platform.Given, err error) {
	if s.err != nil {
		return "", nil, s.err
	}
	end, err := s.read(ctx)
	if err != nil {
		return "", nil, err
	}
	given, err = end.Since(s.start)
	return end.Source, given, err
}

// closeShares records and judges how the load was shared out: by requests where they are
// counted, otherwise by the processor time that the replicas used.
func (a *attempt) closeShares(ctx context.Context, s *targetShares, used platform.Usage) {
	if s == nil {
		return
	}
	var doubts []result.Finding
	switch source, given, err := s.stop(ctx); {
	case err == nil:
		doubts = a.watch.JudgeRequestShares(source, given)
	case used.ByReplica != nil:
		doubts = a.watch.JudgeCPUShares(used)
	default:
		a.watch.Seen.SharesUnknown = words.OneLine(err.Error())
	}
	a.doubt(doubts...)
}
