package analysis

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Text is the answer for a cell of a table: "4", "8 are not enough", "no data".
func (d Demand) Text() string {
	return short(d.Replicas, d.Failed, d.Close, d.NoData, func(failed []int) string { return are(slices.Max(failed), "", "not enough") })
}

// Text is the answer for a cell of a table: "400", "not even 200", "no data".
func (c Capacity) Text() string {
	return short(c.Users, c.Failed, c.Close, c.NoData, func(failed []int) string { return fmt.Sprintf("not even %d", slices.Min(failed)) })
}

// short answers with a number, or with those that fail.
func short(n int, failed, close, noData []int, none func([]int) string) string {
	switch {
	case n > 0:
		return fmt.Sprint(n)
	case len(close) > 0:
		return list(close) + " too close to call"
	case len(failed) == 0:
		return "no data"
	case len(noData) > 0:
		return fmt.Sprintf("%s, no data for %s", none(failed), list(noData))
	}
	return none(failed)
}

// Sentence is the answer as a person says it: "2 replicas are enough for 200 users".
func (d Demand) Sentence() string {
	users := matrix.Count(d.Users, "user")
	switch {
	case d.Replicas > 0:
		return fmt.Sprintf("%s for %s", are(d.Replicas, "replica", "enough"), users)
	case len(d.Close) > 0:
		return fmt.Sprintf("not known for %s: %s too close to call", users, counted(d.Close, "replica"))
	case len(d.Failed) == 0:
		return fmt.Sprintf("not known for %s: no data", users)
	case len(d.Unreached) == len(d.Failed):
		return fmt.Sprintf("not known for %s: %s", users, gone)
	case len(d.NoData) > 0:
		return fmt.Sprintf("not known for %s: %s, no data for %s", users, are(slices.Max(d.Failed), "replica", "not enough"), counts(d.NoData, "replica"))
	}
	return fmt.Sprintf("no: %s for %s", are(slices.Max(d.Failed), "replica", "not enough"), users)
}

// Sentence is the answer for a target with one replica count: "most users that pass: 400,
// not 800". Unless scaled, the target has no replicas that could be named.
func (c Capacity) Sentence(scaled bool) string {
	switch {
	case c.Users > 0:
		s := fmt.Sprintf("most users that pass: %d", c.Users)
		reached := func(users int) bool { return !slices.Contains(c.Unreached, users) }
		if more := keep(above(c.Failed, c.Users), reached); len(more) > 0 {
			s += fmt.Sprintf(", not %d", more[0])
		}
		return s
	case len(c.Close) > 0:
		return fmt.Sprintf("most users that pass: not known, %s too close to call", counted(c.Close, "user"))
	case len(c.Failed) == 0:
		return "most users that pass: not known, no data"
	case len(c.Unreached) == len(c.Failed):
		return "most users that pass: not known, " + gone
	case scaled:
		return fmt.Sprintf("no: %s for %s", are(c.Replicas, "replica", "not enough"), matrix.Count(slices.Min(c.Failed), "user"))
	}
	return fmt.Sprintf("no: not even %s", passing(slices.Min(c.Failed), "user"))
}

// gone is why failing rows answer nothing.
const gone = "the target could not be reached"

// passing writes "1 user passes" or "2 users pass".
func passing(n int, noun string) string {
	if n == 1 {
		return matrix.Count(n, noun) + " passes"
	}
	return matrix.Count(n, noun) + " pass"
}

// are writes "1 replica is enough" or "2 replicas are enough".
func are(n int, noun, what string) string {
	subject, verb := fmt.Sprint(n), "are"
	if noun != "" {
		subject = matrix.Count(n, noun)
	}
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s %s %s", subject, verb, what)
}
