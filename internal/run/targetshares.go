package run

import (
	"context"
	"errors"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// sharing measures how the load is shared out among the replicas in a window.
type sharing struct {
	from  platform.Sharer
	start platform.Shares
	err   error
}

// startSharing looks as the window opens; nil when there is no target to look at.
func (a *attempt) startSharing(ctx context.Context) *sharing {
	if !a.watch.SeesTarget() {
		return nil
	}
	s := &sharing{err: errors.New("this platform does not count")}
	if from, ok := a.platform.(platform.Sharer); ok {
		s.from = from
		s.start, s.err = s.look(ctx)
	}
	return s
}

func (s *sharing) look(ctx context.Context) (platform.Shares, error) {
	ctx, cancel := context.WithTimeout(ctx, meterLimit)
	defer cancel()
	return s.from.Shares(ctx)
}

// stop looks as the window closes.
func (s *sharing) stop(ctx context.Context) (source string, given map[string]platform.Given, err error) {
	if s.err != nil {
		return "", nil, s.err
	}
	end, err := s.look(ctx)
	if err != nil {
		return "", nil, err
	}
	given, err = end.Since(s.start)
	return end.Source, given, err
}

// closeSharing records and judges how the load was shared out: by requests where they are
// counted, otherwise by the processor time that the replicas used.
func (a *attempt) closeSharing(ctx context.Context, s *sharing, used platform.Usage) {
	if s == nil {
		return
	}
	var doubt string
	switch source, given, err := s.stop(ctx); {
	case err == nil:
		doubt = a.watch.JudgeRequestShares(source, given)
	case used.ByReplica != nil:
		doubt = a.watch.JudgeCPUShares(used)
	default:
		a.watch.Seen.SharesUnknown = words.OneLine(err.Error())
	}
	a.doubt(doubt)
}
