package platformtest

import (
	"context"
	"errors"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

var _ platform.Sharer = (*Fake)(nil)

// Shares implements platform.Sharer. Until SetShares nothing is counted.
func (f *Fake) Shares(ctx context.Context) (platform.Shares, error) {
	if err := f.begin(ctx, "Shares"); err != nil {
		return platform.Shares{}, err
	}
	if !f.isAcquired() {
		return platform.Shares{}, platform.ErrNotAcquired
	}
	f.mu.Lock()
	given := f.given
	f.mu.Unlock()
	if given == nil {
		return platform.Shares{}, errors.New("the fake does not count requests")
	}
	st, err := f.world.status(platform.Target)
	if err != nil {
		return platform.Shares{}, err
	}
	out := platform.Shares{Source: "the fake", Replicas: map[string]platform.Share{}}
	for i, r := range st.Replicas {
		out.Replicas[r.ID] = given(i)
	}
	return out, nil
}

// SetShares sets the function that says what each of the target's replicas, numbered in the
// order of their ids, was given so far.
func (f *Fake) SetShares(given func(replica int) platform.Share) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.given = given
}
