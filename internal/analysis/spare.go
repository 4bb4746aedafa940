package analysis

// Spare is how many replicas a load needs if one of them may be lost, or is being replaced.
type Spare struct {
	Users int
	// Replicas is one more than the fewest that pass; 0 where none passes.
	Replicas int
	// Left is what remains, which passes.
	Left int
	// Measured says that Replicas themselves were measured and pass.
	Measured bool
}

// Spares answers for each user count, ascending; nil without an SLO.
func Spares(rows []Row) []Spare {
	at := cells(rows)
	var out []Spare
	for _, d := range Demands(rows) {
		s := Spare{Users: d.Users, Left: d.Replicas}
		if d.Replicas > 0 {
			s.Replicas = d.Replicas + 1
			s.Measured = passes(at[place{s.Replicas, d.Users}])
		}
		out = append(out, s)
	}
	return out
}

// passes tells whether a cell was measured, and passes.
func passes(c cell) bool { return c.verdict == Pass && !c.inferred && c.inefficient == nil }
