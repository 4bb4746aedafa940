package platformtest

import (
	"context"
	"maps"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

var _ platform.Fronted = (*Fake)(nil)

func newFront() platform.Front {
	return platform.Front{Name: "the porch", Traits: platform.Traits{"the porch's selector": "all"}}
}

// Front implements platform.Fronted.
func (f *Fake) Front(ctx context.Context) (platform.Front, error) {
	if err := f.begin(ctx, "Front"); err != nil {
		return platform.Front{}, err
	}
	if !f.isAcquired() {
		return platform.Front{}, platform.ErrNotAcquired
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.front
	out.Traits = maps.Clone(out.Traits)
	return out, nil
}

// SetFront lets somebody change what stands in front of the replicas.
func (f *Fake) SetFront(what, value, by string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.front.Traits[what], f.front.Changed = value, platform.Changes{{By: by, At: time.Now()}}
}

// Remake lets somebody change what all replicas of a role are made of, while they live.
func (f *Fake) Remake(role platform.Role, what, value, by string) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	for _, r := range f.world.roles[role].replicas {
		r.make[what], r.changed = value, platform.Changes{{By: by, At: time.Now()}}
	}
}

// Touch lets somebody change a role's wanted state, and change it back at once.
func (f *Fake) Touch(role platform.Role, by string) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	r := f.world.roles[role]
	r.generation += 2
	r.changed = platform.Changes{{By: by, At: time.Now()}}
}
