package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Header opens a journal: what the run is about. Reports need nothing else
// besides the records.
type Header struct {
	// Format is the journal's version.
	Format int    `json:"format"`
	RunID  string `json:"run_id"`
	// Version is the program's.
	Version string    `json:"version"`
	Created time.Time `json:"created"`
	// Name is the experiment's.
	Name string `json:"name"`
	// Target describes what is loaded, for people.
	Target string `json:"target"`
	Engine string `json:"engine"`
	// Keys are all scenarios in matrix order; Order is the order of execution as indexes into Keys.
	Keys  []matrix.Key `json:"keys"`
	Order []int        `json:"order"`
	// Duration is the planned window in seconds.
	Duration float64              `json:"duration_s"`
	SLO      []v1alpha1.Objective `json:"slo,omitempty"`
	Gate     v1alpha1.Gate        `json:"gate"`
	// Identity is what the numbers depend on; --resume compares it.
	Identity map[string]string `json:"identity"`
}

// Format is the version of journals that this program writes and reads.
const Format = 1

// line is one line of a journal: exactly one of its fields is set.
type line struct {
	Header *Header `json:"header,omitempty"`
	Record *Record `json:"record,omitempty"`
}

// EncodeHeader returns the journal's first line.
func EncodeHeader(h Header) ([]byte, error) { return encode(line{Header: &h}) }

// EncodeRecord returns one further line.
func EncodeRecord(r Record) ([]byte, error) { return encode(line{Record: &r}) }

func encode(l line) ([]byte, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encoding journal line: %w", err)
	}
	return append(b, '\n'), nil
}

// Run is a journal read back.
type Run struct {
	Header  Header
	Records []Record
	// Valid is how many bytes of the journal are whole lines. What follows is a
	// line torn by a crash, which stands for nothing and may be cut off.
	Valid int64
}

// ErrNoHeader says that a journal was torn before its first line was whole, so
// that it holds nothing.
var ErrNoHeader = errors.New("journal has no header")

// DecodeJournal reads a journal. A last line without its newline is ignored; any
// other damage is an error that names the line, because guessing could lose or
// repeat a measurement.
func DecodeJournal(data []byte) (*Run, error) {
	run := &Run{}
	terminal := map[matrix.Key]bool{}
	for number := 1; ; number++ {
		text, rest, whole := bytes.Cut(data[run.Valid:], []byte{'\n'})
		if !whole {
			break
		}
		if err := run.add(text, number, terminal); err != nil {
			return nil, fmt.Errorf("reading journal: line %d: %w", number, err)
		}
		run.Valid = int64(len(data) - len(rest))
	}
	if run.Valid == 0 {
		return nil, ErrNoHeader
	}
	return run, nil
}

func (r *Run) add(text []byte, number int, terminal map[matrix.Key]bool) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	switch {
	case number == 1 && l.Header != nil:
		return r.setHeader(*l.Header)
	case number == 1 || l.Record == nil:
		return errors.New("is not a header and then records")
	}
	rec := *l.Record
	if !slices.Contains(r.Header.Keys, rec.Key) {
		return fmt.Errorf("has a scenario that is not in the plan: %v", rec.Key)
	}
	if rec.Terminal && terminal[rec.Key] {
		return fmt.Errorf("is the second final record of %v", rec.Key)
	}
	terminal[rec.Key] = terminal[rec.Key] || rec.Terminal
	r.Records = append(r.Records, rec)
	return nil
}

func (r *Run) setHeader(h Header) error {
	if h.Format != Format {
		return fmt.Errorf("has format %d, this program reads %d; use the release that wrote it (%s)", h.Format, Format, h.Version)
	}
	if !permutation(h.Order, len(h.Keys)) {
		return errors.New("has an order that does not match its scenarios")
	}
	r.Header = h
	return nil
}

func permutation(order []int, n int) bool {
	sorted := slices.Sorted(slices.Values(order))
	for i, v := range sorted {
		if v != i {
			return false
		}
	}
	return len(sorted) == n
}

// Final returns the terminal record of each key that has one.
func (r *Run) Final() map[matrix.Key]Record {
	final := map[matrix.Key]Record{}
	for _, rec := range r.Records {
		if rec.Terminal {
			final[rec.Key] = rec
		}
	}
	return final
}

// Attempts returns all records of a key, in the order made.
func (r *Run) Attempts(k matrix.Key) []Record {
	var out []Record
	for _, rec := range r.Records {
		if rec.Key == k {
			out = append(out, rec)
		}
	}
	return out
}

// Rows returns one record per scenario in matrix order: the terminal one, or a
// Skipped one with the reason it has none.
func (r *Run) Rows() []Record {
	final := r.Final()
	rows := make([]Record, len(r.Header.Keys))
	for i, k := range r.Header.Keys {
		rec, ok := final[k]
		if !ok {
			rec = Record{Key: k, Role: RoleGrid, Status: Skipped, Reasons: []string{r.whyMissing(k)}, Engine: r.Header.Engine}
		}
		rows[i] = rec
	}
	return rows
}

func (r *Run) whyMissing(k matrix.Key) string {
	for _, rec := range r.Attempts(k) {
		if rec.Status == Interrupted {
			return "interrupted while it was measured"
		}
	}
	return "not measured yet"
}

// StatusText is the CSV's Status: "SUCCESS", "INVALID: reason; reason".
func (r Record) StatusText() string {
	if r.Status == Success || len(r.Reasons) == 0 {
		return string(r.Status)
	}
	text := string(r.Status) + ": "
	for i, reason := range r.Reasons {
		if i > 0 {
			text += "; "
		}
		text += reason
	}
	return text
}
