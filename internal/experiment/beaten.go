package experiment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Beaten says in one line which values of the settings do not hold, since others beat all of
// them: those of place. It is empty if there are none.
func (in Input) Beaten(settings, others []Setting, place string) string {
	given, held := in.Place(settings), in.Place(others)
	var said []string
	for _, v := range values() {
		by, instead := v.setter(settings), v.setter(others)
		if by == nil || instead == nil || v.text(given) == v.text(held) {
			continue
		}
		said = append(said, fmt.Sprintf("%s %s (%s %s), not %s (%s)", v.name, v.text(held), place, instead.Origin, v.text(given), by.from()))
	}
	return strings.Join(said, "; ")
}

// Against parts the record into what holds beside others that beat it, and what does not.
func (r Record) Against(others []Setting) (holds, lost Record) {
	for _, s := range r {
		if slices.ContainsFunc(values(), func(v value) bool { return slices.Contains(v.fields, s.Field) && v.setter(others) == nil }) {
			holds = append(holds, s)
		} else {
			lost = append(lost, s)
		}
	}
	return holds, lost
}

// setter is the last of the settings that sets the value, by their rank; nil for none.
func (v value) setter(settings []Setting) *Setting {
	ranked := slices.Clone(settings)
	slices.SortStableFunc(ranked, func(a, b Setting) int { return cmp.Compare(rank(a), rank(b)) })
	for _, s := range slices.Backward(ranked) {
		if slices.Contains(v.fields, s.Field) {
			return &s
		}
	}
	return nil
}
