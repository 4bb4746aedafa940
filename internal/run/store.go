package run

import (
	"context"
	"iter"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Store keeps the journal and the histograms of one run. storetest holds the
// suite that every implementation passes.
//
// One process at a time writes: an implementation refuses a second one. Methods
// are called from one goroutine.
type Store interface {
	// Load returns what is journaled, or nil for a run that has not begun. It comes
	// before anything is written and changes nothing; a line torn by a crash is cut off
	// by whatever is written next.
	Load(ctx context.Context) (*result.Run, error)
	// Begin writes the header. It is an error if there is one, or before Load.
	Begin(ctx context.Context, h result.Header) error
	// Append adds a record. When it returns nil, the record survives any crash.
	// What result.Ledger refuses is an error, such as a second final record of a scenario.
	Append(ctx context.Context, r result.Record) error
	// Amend adds a line that changes what the header said, raising the format of an
	// older journal first. When it returns nil, it survives any crash; otherwise
	// nothing of it is there. What result.Ledger refuses is an error, too.
	Amend(ctx context.Context, a result.Amendment) error
	// SaveSlices keeps an attempt's one-second histograms under a name, which may
	// be saved again, and returns the reference for Record.Slices: empty when this
	// store has no room for them. It is called before the attempt's Append.
	SaveSlices(ctx context.Context, name string, slices iter.Seq[stats.Slice]) (ref string, err error)
	// LoadSlices reads what a reference from SaveSlices points to.
	LoadSlices(ctx context.Context, ref string) iter.Seq2[stats.Slice, error]
	// Close lets another process write.
	Close() error
}
