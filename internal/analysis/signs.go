package analysis

// Signs are the verdicts of a run's cells, one sign each: replicas down, users across.
type Signs struct {
	Replicas, Users []int
	// Rows has a sign for each number of users; empty where the matrix has no such cell.
	Rows [][]string
}

// SignsOf is for both axes of the rows; nothing without an SLO.
func SignsOf(rows []Row) Signs {
	s := Signs{Replicas: axis(rows, replicasOf), Users: axis(rows, usersOf)}
	if !judged(rows) {
		return Signs{}
	}
	at := cells(rows)
	for _, replicas := range s.Replicas {
		var line []string
		for _, users := range s.Users {
			c, planned := at[place{replicas, users}]
			line = append(line, c.sign(planned))
		}
		s.Rows = append(s.Rows, line)
	}
	return s
}

// sign is one of those that SignsMean explains.
func (c cell) sign(planned bool) string {
	sign := ""
	switch c.verdict {
	case Pass:
		sign = "✓"
	case Fail:
		sign = "✗"
	case Borderline:
		sign = "≈"
	case NoData:
		return "no data"
	default:
		if planned {
			return "?"
		}
		return ""
	}
	if c.inferred {
		sign += "?"
	}
	return sign
}

// SignsMean explains the signs.
const SignsMean = "✓ passes, ✗ fails, ≈ is too close to call; ✓? and ✗? follow from other scenarios, and of ? nothing is known."
