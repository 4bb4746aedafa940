package result

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Ledger knows what a journal holds so far and therefore which line may come next. It
// holds every rule of what follows what: a store keeps bytes and asks it. Reading and
// writing go by the same one, so that nothing is written that could not be read back.
// The zero value is a place that has not been looked at: Load comes first.
type Ledger struct {
	loaded bool
	format int
	// planned has the role of each scenario; those of the header may have any.
	planned map[matrix.Key]string
	final   map[matrix.Key]bool
}

// Load reads what a place holds, as DecodeJournal does, and goes on from there. It
// returns nil where no journal has begun; a header torn by a crash is none.
func (l *Ledger) Load(data []byte) (*Run, error) {
	d, err := decode(data)
	switch {
	case errors.Is(err, ErrNoHeader):
		*l = Ledger{loaded: true}
		return nil, nil
	case err != nil:
		return nil, err
	}
	*l = d.ledger
	l.loaded = true
	return d.run, nil
}

// Begun tells whether there is a header.
func (l *Ledger) Begun() bool { return l.format > 0 }

// Open counts the scenarios without a terminal record.
func (l *Ledger) Open() int { return len(l.planned) - len(l.final) }

// Begin writes the header through write.
func (l *Ledger) Begin(h Header, write func(line []byte) error) error {
	switch {
	case !l.loaded:
		return errors.New("beginning journal: it was not loaded, so that one might be overwritten")
	case l.Begun():
		return errors.New("beginning journal: it has begun already")
	}
	if err := checkHeader(h); err != nil {
		return fmt.Errorf("beginning journal: the header %w", err)
	}
	text, err := EncodeHeader(h)
	if err != nil {
		return err
	}
	if err := write(text); err != nil {
		return err
	}
	l.begin(h)
	return nil
}

// Append writes a record through write.
func (l *Ledger) Append(r Record, write func(line []byte) error) error {
	if err := l.checkRecord(r); err != nil {
		return fmt.Errorf("journaling: the record %w", err)
	}
	text, err := EncodeRecord(r)
	if err != nil {
		return err
	}
	if err := write(text); err != nil {
		return err
	}
	l.record(r)
	return nil
}

// Amend writes an amendment through write, and with it, in one piece, the raised
// format that it needs.
func (l *Ledger) Amend(a Amendment, write func(lines []byte) error) error {
	todo := []Amendment{a}
	if err := a.check(); err != nil {
		return fmt.Errorf("journaling: the amendment %w", err)
	}
	if l.Begun() && l.format < a.format() {
		todo = slices.Insert(todo, 0, Amendment{Upgrade: &Upgrade{Format: a.format(), Version: a.version()}})
	}
	ahead := Ledger{format: l.format, planned: maps.Clone(l.planned)}
	var text []byte
	for _, next := range todo {
		if err := ahead.checkAmendment(next); err != nil {
			return fmt.Errorf("journaling: the amendment %w", err)
		}
		ahead.amend(next)
		line, err := EncodeAmendment(next)
		if err != nil {
			return err
		}
		text = append(text, line...)
	}
	if err := write(text); err != nil {
		return err
	}
	l.format, l.planned = ahead.format, ahead.planned
	return nil
}

func (l *Ledger) begin(h Header) {
	l.format, l.planned, l.final = h.Format, map[matrix.Key]string{}, map[matrix.Key]bool{}
	for _, k := range h.Keys {
		l.planned[k] = ""
	}
}

func (l *Ledger) record(r Record) {
	if r.Terminal {
		l.final[r.Key] = true
	}
}

func (l *Ledger) amend(a Amendment) {
	if a.Upgrade != nil {
		l.format = a.Upgrade.Format
	}
	if a.Scenarios != nil {
		for _, p := range a.Scenarios.Planned {
			l.planned[p.Key] = p.Role
		}
	}
}

func checkHeader(h Header) error {
	if h.Format < 1 || h.Format > Format {
		return unreadable(h.Format, h.Version)
	}
	if !dated(h.Created) {
		return fmt.Errorf("was created at %v, which is in no calendar", h.Created)
	}
	if !permutation(h.Order, len(h.Keys)) {
		return errors.New("has an order that does not match its scenarios")
	}
	seen := map[matrix.Key]bool{}
	for _, k := range h.Keys {
		if err := checkKey(k); err != nil {
			return err
		}
		if seen[k] {
			return fmt.Errorf("has a scenario twice: %v", k)
		}
		seen[k] = true
	}
	return checkAnswer(h.Answer, h.Format)
}

// checkKey refuses a scenario that cannot be. The workers of a running master may be 0: as found.
func checkKey(k matrix.Key) error {
	if k.Replicas < 1 || k.Workers < 0 || k.Users < 1 || k.Round < 1 {
		return fmt.Errorf("has a scenario that cannot be: %v, round %d", k.Scenario, k.Round)
	}
	return nil
}

func checkAnswer(a v1alpha1.Answer, format int) error {
	switch {
	case a == "" || a == v1alpha1.AnswerGrid:
		return nil
	case a != v1alpha1.AnswerDemand && a != v1alpha1.AnswerCapacity:
		return fmt.Errorf("asks for the answer %q, which is not known", a)
	case format < 4:
		return fmt.Errorf("asks for an answer, which format %d does not have", format)
	}
	return nil
}

func unreadable(format int, version string) error {
	return newerError{fmt.Errorf("has format %d, this program reads 1 to %d; use the release that wrote it (%s)", format, Format, version)}
}

func (l *Ledger) checkRecord(r Record) error {
	role, planned := l.planned[r.Key]
	switch {
	case !l.Begun():
		return errors.New("comes before the journal was loaded and begun")
	case !planned:
		return fmt.Errorf("has a scenario that is not in the plan: %v", r.Key)
	case role != "" && r.Role != role:
		return fmt.Errorf("has the role %q, its scenario %q: %v", r.Role, role, r.Key)
	case r.Terminal && l.final[r.Key]:
		return fmt.Errorf("is the second final record of %v", r.Key)
	}
	return r.check()
}

func (l *Ledger) checkAmendment(a Amendment) error {
	switch {
	case !l.Begun():
		return errors.New("comes before the journal was loaded and begun")
	case a.Upgrade != nil && a.Upgrade.Format > Format:
		return unreadable(a.Upgrade.Format, a.Upgrade.Version)
	case a.Upgrade != nil && a.Upgrade.Format <= l.format:
		return fmt.Errorf("does not raise the format from %d", l.format)
	case l.format == 2 && a.format() == 3:
		return errors.New("has an objective that format 2 does not have")
	case l.format >= 2 && l.format < 4 && a.format() == 4:
		return fmt.Errorf("says what format %d does not have", l.format)
	case l.format < a.format():
		return fmt.Errorf("is of a kind that format %d does not have", l.format)
	case a.Scenarios != nil:
		return l.checkAdded(a.Scenarios.Planned)
	case a.SLO != nil:
		return checkAnswer(a.SLO.Answer, l.format)
	case a.End != nil && a.End.Seconds < 0:
		return fmt.Errorf("says that the next scenario takes %v seconds", a.End.Seconds)
	case a.End != nil:
		return checkKey(a.End.Next.Key)
	}
	return nil
}

func (l *Ledger) checkAdded(added []Planned) error {
	seen := map[matrix.Key]bool{}
	for _, p := range added {
		if _, planned := l.planned[p.Key]; planned || seen[p.Key] {
			return fmt.Errorf("adds a scenario that is planned already: %v", p.Key)
		}
		if err := checkKey(p.Key); err != nil {
			return err
		}
		if p.Role == "" {
			return fmt.Errorf("adds a scenario without a role: %v", p.Key)
		}
		seen[p.Key] = true
	}
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
