package analysis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Text is the answer for a cell of a table: "4", "3 or 4", "8 are not enough", "no data".
func (d Demand) Text() string {
	if d.Replicas > 0 {
		return fromTo(d.Low, d.Replicas)
	}
	if len(d.Inefficient) > 0 && len(d.Close)+len(d.NoData)+len(d.Open) == 0 {
		return are(d.Inefficient[0], "", "not efficient")
	}
	return short(d.Replicas, d.Failed, d.Close, d.NoData, d.Open, func(failed []int) string { return are(slices.Max(failed), "", "not enough") })
}

// Text is the answer for a cell of a table: "400", "not even 200", "no data".
func (c Capacity) Text() string {
	return short(c.Users, c.Failed, c.Close, c.NoData, c.Open, func(failed []int) string { return fmt.Sprintf("not even %d", slices.Min(failed)) })
}

// short answers with a number, or with those that fail.
func short(n int, failed, close, noData, open []int, none func([]int) string) string {
	switch {
	case n > 0:
		return fmt.Sprint(n)
	case len(close) > 0:
		return list(close) + " too close to call"
	case len(failed) == 0 && len(open) > 0:
		return "not measured"
	case len(failed) == 0:
		return "no data"
	case len(open) > 0:
		return fmt.Sprintf("%s, %s not measured", none(failed), list(open))
	case len(noData) > 0:
		return fmt.Sprintf("%s, no data for %s", none(failed), list(noData))
	}
	return none(failed)
}

// Sentence is the answer as bounds, with what backs each: "400 users: 3 replicas (2 is too few:
// p95 1200 ms, 1100 to 1400; 3 hold: p95 610 ms, 560 to 680)".
func (d Demand) Sentence() string {
	return matrix.Count(d.Users, "user") + ": " + d.Answer() + because(d.reasons())
}

// Why is what backs the answer: "2 is too few: p95 1200 ms, 1100 to 1400; 3 hold: p95 610 ms".
func (d Demand) Why() string { return join(d.reasons()) }

// Answer is how many replicas: "3 replicas", "3 or 4 replicas", "not with 2 replicas or fewer".
func (d Demand) Answer() string {
	switch {
	case d.Replicas > 0:
		return fromTo(d.Low, d.Replicas) + " " + noun(d.Replicas, "replica")
	case len(d.Inefficient) > 0 && len(d.Close)+len(d.NoData)+len(d.Open) == 0:
		return d.TooLow.none()
	case len(d.Failed) > 0 && len(d.Unreached) == len(d.Failed):
		return "not known, " + gone
	case len(d.Failed) > 0 && len(d.Close)+len(d.NoData)+len(d.Open) == 0:
		return "not with " + orFewer(d.Low-1)
	case len(d.Failed)+len(d.Close)+len(d.Open) > 0:
		return "not known, " + matrix.Count(d.Low, "replica") + " or more"
	}
	return "not known, no data"
}

// reasons go from few replicas to many.
func (d Demand) reasons() (out []reason) {
	say := func(text string) { out = append(out, reason{what: text}) }
	if d.Short != nil {
		out = append(out, d.Short.reason(is(d.Short.Replicas)+" too few", d.since(d.Short, "is", "are")))
	}
	if d.TooLow != nil && d.Inefficient[0] < d.Low {
		say(fmt.Sprintf("%d hold, but their %s", d.Inefficient[0], d.TooLow.Text()))
	}
	for _, n := range d.between(d.Close) {
		say(is(n) + " too close to call")
	}
	if open := d.between(d.Open); len(open) > 0 {
		say(were(open, "replica") + " not measured")
	}
	if none := d.between(d.NoData); len(none) > 0 && d.Replicas+len(d.Failed) > 0 {
		say("no data for " + list(none))
	}
	if len(d.Untried) > 0 {
		say(gaps(d.Untried) + " not tried")
	}
	if s := d.Holds; s != nil && (s.Inferred || s.Text != "") {
		out = append(out, s.reason(plural(s.Replicas, "holds", "hold"), d.since(s, "does", "do")))
	}
	return out
}

// between are the numbers from Low to the answer, or all from Low where there is none.
func (d Demand) between(of []int) []int {
	return keep(of, func(n int) bool { return n >= d.Low && (d.Replicas == 0 || n < d.Replicas) })
}

// since says what an inferred side follows from: "they do for 400 users", "2 replicas are for
// 200 users".
func (d Demand) since(s *Side, one, many string) string {
	elsewhere := ""
	if s.By.Users != s.Users {
		elsewhere = " for " + matrix.Count(s.By.Users, "user")
	}
	return does(s.By.Replicas, s.Replicas, "replica", one, many) + elsewhere
}

// Sentence is the answer for a replica count: "400 users pass, 800 do not (400 pass: p95
// 610 ms, 560 to 680; 800 do not: p95 1200 ms, 1100 to 1400)".
func (c Capacity) Sentence() string { return c.Answer() + because(c.reasons()) }

// Why is what backs the answer.
func (c Capacity) Why() string { return join(c.reasons()) }

// Answer is how many users pass: "400 users pass, 800 do not".
func (c Capacity) Answer() string {
	switch {
	case c.Users > 0 && c.Over != nil:
		return fmt.Sprintf("%s, %d %s not", passing(c.Users, "user"), c.Over.Users, doOrDoes(c.Over.Users))
	case c.Users > 0:
		return passing(c.Users, "user")
	case len(c.Close) > 0:
		return "not known, " + counted(c.Close, "user") + " too close to call"
	case len(c.Failed) == 0 && len(c.Open) > 0:
		return "not known, " + were(c.Open, "user") + " not measured"
	case len(c.Failed) == 0:
		return "not known, no data"
	case len(c.Unreached) == len(c.Failed):
		return "not known, " + gone
	}
	return fmt.Sprintf("not even %s", passing(slices.Min(c.Failed), "user"))
}

func (c Capacity) reasons() (out []reason) {
	if s := c.Holds; s != nil && (s.Inferred || s.Text != "") {
		out = append(out, s.reason(plural(s.Users, "passes", "pass"), c.since(s, "does", "do")))
	}
	if s := c.Over; s != nil && (s.Inferred || s.Text != "") {
		out = append(out, s.reason(doNot(s.Users), c.since(s, "does not", "do not")))
	}
	if c.TooLow != nil {
		out = append(out, reason{what: "their " + c.TooLow.Text()})
	}
	return out
}

// since says what an inferred side follows from: "they do with 2 replicas".
func (c Capacity) since(s *Side, one, many string) string {
	elsewhere := ""
	if s.By.Replicas != s.Replicas {
		elsewhere = " with " + matrix.Count(s.By.Replicas, "replica")
	}
	return does(s.By.Users, s.Users, "user", one, many) + elsewhere
}

// does writes a number as the subject of a verb; one that was just spoken of is "it" or "they".
func does(n, spokenOf int, noun, one, many string) string {
	verb, subject := many, matrix.Count(n, noun)
	if n == 1 {
		verb = one
	}
	if n == spokenOf {
		subject = pronoun(n)
	}
	return subject + " " + verb
}

func pronoun(n int) string {
	if n == 1 {
		return "it"
	}
	return "they"
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

// plural writes "1 holds" or "2 hold".
func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

func is(n int) string { return plural(n, "is", "are") }

func doNot(n int) string { return plural(n, "does not", "do not") }

func doOrDoes(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

// gaps writes "5 was" or "3, 5 to 7 were".
func gaps(runs [][2]int) string {
	parts := make([]string, len(runs))
	for i, r := range runs {
		parts[i] = fmt.Sprint(r[0])
		if r[1] > r[0] {
			parts[i] = fmt.Sprintf("%d to %d", r[0], r[1])
		}
	}
	if len(runs) == 1 && runs[0][0] == runs[0][1] {
		return parts[0] + " was"
	}
	return strings.Join(parts, ", ") + " were"
}

// orFewer writes "1 replica" or "2 replicas or fewer".
func orFewer(n int) string {
	text := matrix.Count(n, "replica")
	if n > 1 {
		text += " or fewer"
	}
	return text
}
