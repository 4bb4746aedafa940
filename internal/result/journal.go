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
// besides the records and amendments.
type Header struct {
	// Format is the journal's version.
	Format int    `json:"format"`
	RunID  string `json:"run_id"`
	// Version is the program's.
	Version string    `json:"version"`
	Created time.Time `json:"created"`
	// Name is the experiment's.
	Name string `json:"name"`
	// Target describes what is loaded, Address where the users send, and Load what:
	// all for people. Journals of format 1 have no Address and no Load.
	Target  string `json:"target"`
	Address string `json:"address,omitempty"`
	Load    string `json:"load,omitempty"`
	Engine  string `json:"engine"`
	// Keys are all scenarios in matrix order; Order is the order of execution as indexes into Keys.
	Keys  []matrix.Key `json:"keys"`
	Order []int        `json:"order"`
	// Duration is the planned window in seconds.
	Duration float64 `json:"duration_s"`
	// Auto says that it ends earlier when the SLO is decided.
	Auto bool `json:"duration_auto,omitempty"`
	// SLO, Gate and Pricing are those of the run's beginning; Run.Judged has the current ones.
	SLO     []v1alpha1.Objective `json:"slo,omitempty"`
	Gate    v1alpha1.Gate        `json:"gate"`
	Pricing *v1alpha1.Pricing    `json:"pricing,omitempty"`
	// Answer is what was asked at the run's beginning; empty, and in journals before format 4,
	// for the grid. Seed chooses what a search audits.
	Answer v1alpha1.Answer `json:"answer,omitempty"`
	Seed   int64           `json:"seed,omitempty"`
	// Sentinel says that a search measures its lightest scenario again half-way and at the end.
	Sentinel bool `json:"sentinel,omitempty"`
	// Within says that the users of Keys are the ends of a range, between which a search finds
	// the most that pass, to this relative precision: 0.05 for 5 %.
	Within float64 `json:"within,omitempty"`
	// Machine is the driver's at the run's beginning; nil in runs of earlier releases.
	Machine *Machine `json:"machine,omitempty"`
	// Identity is what the numbers depend on; --resume compares it.
	Identity map[string]string `json:"identity"`
}

// Format is the version of the journals that this program begins. It reads every
// version up to it. docs/journal.md is the contract.
const Format = 4

// line is one line of a journal: exactly one of its fields is set.
type line struct {
	Header    *Header    `json:"header,omitempty"`
	Record    *Record    `json:"record,omitempty"`
	Upgrade   *Upgrade   `json:"upgrade,omitempty"`
	SLO       *SLO       `json:"slo,omitempty"`
	Scenarios *Scenarios `json:"scenarios,omitempty"`
	End       *End       `json:"end,omitempty"`
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
	Header     Header
	Records    []Record
	Amendments []Amendment
	// Judge, when set, takes the place of every SLO of the journal. It is not part of the
	// journal: see JudgedBy.
	Judge *SLO
	// Valid is how many bytes of the journal are whole lines. What follows is a
	// line torn by a crash, which stands for nothing and may be cut off: Torn bytes.
	Valid int64
	Torn  int
}

// DamageError says that a line of a journal, counted from 1, cannot be taken.
type DamageError struct {
	Line int
	// Newer tells that a newer release can read it.
	Newer bool
	Err   error
}

// Error names the line.
func (e *DamageError) Error() string {
	return fmt.Sprintf("reading journal: line %d: %v", e.Line, e.Err)
}

// Unwrap returns what is wrong with the line.
func (e *DamageError) Unwrap() error { return e.Err }

// newerError is about what only a newer release knows.
type newerError struct{ error }

// ErrNoHeader says that a journal was torn before its first line was whole, so
// that it holds nothing.
var ErrNoHeader = errors.New("journal has no header")

// Encode returns the journal of a run, line for line as it was written.
func Encode(r *Run) ([]byte, error) {
	out, err := EncodeHeader(r.Header)
	if err != nil {
		return nil, err
	}
	amendments := r.Amendments
	for i := 0; i <= len(r.Records); i++ {
		for len(amendments) > 0 && amendments[0].After == i {
			text, err := EncodeAmendment(amendments[0])
			if err != nil {
				return nil, err
			}
			out, amendments = append(out, text...), amendments[1:]
		}
		if i == len(r.Records) {
			break
		}
		text, err := EncodeRecord(r.Records[i])
		if err != nil {
			return nil, err
		}
		out = append(out, text...)
	}
	return out, nil
}

// DecodeJournal reads a journal. A last line without its newline is ignored; any
// other damage is an error that names the line, because guessing could lose or
// repeat a measurement.
func DecodeJournal(data []byte) (*Run, error) {
	d, err := decode(data)
	if err != nil {
		return nil, err
	}
	return d.run, nil
}

func decode(data []byte) (*decoder, error) {
	d := &decoder{run: &Run{}}
	lines := wholeLines(data)
	for i, p := range parseAll(lines) {
		if err := d.add(p, i+1); err != nil {
			return nil, &DamageError{i + 1, errors.As(err, new(newerError)), err}
		}
		d.run.Valid += int64(len(lines[i])) + 1
	}
	if d.run.Valid > 0 {
		d.run.Torn = len(data) - int(d.run.Valid)
		return d, nil
	}
	// A torn header begins as a header does; anything else is somebody else's file.
	const begins = `{"header":`
	if n := min(len(data), len(begins)); string(data[:n]) != begins[:n] {
		return nil, &DamageError{Line: 1, Err: errors.New("is not a header")}
	}
	return nil, ErrNoHeader
}

// wholeLines are the lines that end, each without its end.
func wholeLines(data []byte) [][]byte {
	lines := bytes.Split(data, []byte{'\n'})
	return lines[:len(lines)-1]
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

// Planned lists every scenario: those of the matrix in their order, then those that
// were added, in theirs.
func (r *Run) Planned() []Planned {
	var out []Planned
	for _, k := range r.Header.Keys {
		out = append(out, Planned{Key: k, Role: RoleGrid})
	}
	for _, a := range r.Amendments {
		if a.Scenarios != nil {
			out = append(out, a.Scenarios.Planned...)
		}
	}
	return out
}

// Rows returns one record per planned scenario that has a row: the terminal one, or a
// Skipped one with the reason it has none.
func (r *Run) Rows() []Record {
	return r.standing(func(p Planned) bool { return !Beside(p.Role) })
}

// Checks returns the same of the scenarios that only check the others.
func (r *Run) Checks() []Record {
	return r.standing(func(p Planned) bool { return Beside(p.Role) })
}

func (r *Run) standing(which func(Planned) bool) []Record {
	final := r.Final()
	var rows []Record
	for _, p := range r.Planned() {
		if !which(p) {
			continue
		}
		rec, ok := final[p.Key]
		if !ok {
			rec = Record{Key: p.Key, Role: p.Role, Status: Skipped, Reasons: []string{r.whyMissing(p.Key)}, Engine: r.Header.Engine}
		}
		rows = append(rows, rec)
	}
	return rows
}

func (r *Run) whyMissing(k matrix.Key) string {
	attempts := r.Attempts(k)
	interrupted := func(rec Record) bool { return rec.Status == Interrupted }
	ended := slices.DeleteFunc(slices.Clone(attempts), interrupted)
	why := "not measured yet"
	if end := r.Ended(); end != nil {
		why = "not measured, since " + end.Why
	}
	if len(ended) < len(attempts) {
		why = "interrupted while it was measured"
	}
	if n := len(ended); n > 0 {
		why += "; the last attempt that ended was " + ended[n-1].StatusText()
	}
	return why
}

// Ended is why the run ended early; nil if it has not, or has gone on since.
func (r *Run) Ended() *End {
	if n := len(r.Amendments); n > 0 && r.Amendments[n-1].After == len(r.Records) {
		return r.Amendments[n-1].End
	}
	return nil
}

// Measures tells whether any scenario has been measured, validly or not.
func (r *Run) Measures() bool {
	return slices.ContainsFunc(r.Rows(), func(rec Record) bool { return rec.Measured != nil })
}

// Served tells whether any request of the run succeeded in a window.
func (r *Run) Served() bool {
	return slices.ContainsFunc(r.Records, func(rec Record) bool {
		return rec.Measured != nil && rec.Measured.Requests > rec.Measured.Failures
	})
}

// Judged returns what the records are judged by: the SLO of the run's beginning, or
// the last that took its place.
func (r *Run) Judged() SLO {
	if r.Judge != nil {
		return *r.Judge
	}
	now := SLO{Time: r.Header.Created, Version: r.Header.Version, Objectives: r.Header.SLO, Gate: r.Header.Gate, Answer: r.Header.Answer, Pricing: r.Header.Pricing}
	for _, a := range r.Amendments {
		if a.SLO != nil {
			now = *a.SLO
		}
	}
	return now
}

// JudgedBy is the run judged by other objectives; its journal stays as it is.
func (r *Run) JudgedBy(slo SLO) *Run {
	judged := *r
	judged.Judge = &slo
	return &judged
}

// Same tells whether two SLOs judge, and price, alike.
func (s SLO) Same(other SLO) bool {
	return s.SameBounds(other) && samePrice(s.Pricing, other.Pricing)
}

// SameBounds tells whether two SLOs judge alike.
func (s SLO) SameBounds(other SLO) bool {
	return s.Gate == other.Gate && s.Asked() == other.Asked() && slices.Equal(s.Objectives, other.Objectives)
}

func samePrice(a, b *v1alpha1.Pricing) bool { return a == b || a != nil && b != nil && *a == *b }

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
