package experiment

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// The users of a matrix may be a range, of which a search finds the numbers that it needs.
const (
	fieldWithin = "spec.matrix.users.within"
	usualWithin = v1alpha1.Bound("5%")
	leastWithin = .01
	mostWithin  = .5
)

// users takes a list or a range.
func (d *decoder) users(n *yaml.Node, out *v1alpha1.Users, path string, depth int) {
	switch n.Kind {
	case yaml.SequenceNode:
		d.list(n, reflect.ValueOf(&out.List).Elem(), path, depth)
	case yaml.MappingNode:
		out.Range = &v1alpha1.UserRange{}
		d.object(n, reflect.ValueOf(out.Range).Elem(), path, depth)
	default:
		d.addf(path, "is %s, must be a list, as in [50, 100], or a range, as in {from: 50, to: 2000, within: 5%%}", describe(n))
	}
}

// setUsers reads "50,100", or "50..2000", which keeps the precision of a range before it.
func setUsers(out *v1alpha1.Users, text string) error {
	from, to, isRange := strings.Cut(text, "..")
	if !isRange {
		*out = v1alpha1.Users{}
		return setInts(&out.List, text)
	}
	r := v1alpha1.UserRange{}
	for _, end := range []struct {
		text string
		to   *int
	}{{from, &r.From}, {to, &r.To}} {
		n, err := strconv.Atoi(strings.TrimSpace(end.text))
		if err != nil {
			return fmt.Errorf("is %q, must be a range of whole numbers, as in 50..2000", text)
		}
		*end.to = n
	}
	if out.Range != nil {
		r.Within = out.Range.Within
	}
	*out = v1alpha1.Users{Range: &r}
	return nil
}

// validateUsers checks the axis, and that a range stands alone.
func (d *document) validateUsers(m v1alpha1.Matrix, exp *Experiment) {
	r := m.Users.Range
	if r == nil {
		d.axis(FieldUsers, m.Users.List, maxUsers)
		return
	}
	d.validateEnds(*r)
	within, err := parsePercent(string(r.Within))
	switch {
	case err != nil:
		d.addf(fieldWithin, "%v", err)
	case within < leastWithin || within > mostWithin:
		d.addf(fieldWithin, "is %s, must be %v%% to %v%%", r.Within, 100*leastWithin, 100*mostWithin)
	}
	exp.Within = within
	for name, cells := range map[string][]v1alpha1.Scenario{"include": m.Include, "exclude": m.Exclude} {
		if len(cells) > 0 {
			d.addf("spec.matrix."+name, "is given beside a range of users, of which a search chooses the scenarios; leave it out, or list the users")
		}
	}
}

func (d *document) validateEnds(r v1alpha1.UserRange) {
	const from, to = "spec.matrix.users.from", "spec.matrix.users.to"
	inFile := d.sources[string(FieldUsers)].Origin == ""
	switch {
	case inFile && !d.given[from]:
		d.addf(string(FieldUsers), "lacks from, the fewest users to try, as in {from: 50, to: 2000}")
	case inFile && !d.given[to]:
		d.addf(string(FieldUsers), "lacks to, the most users to try, as in {from: 50, to: 2000}")
	case r.From < 1 || r.From > maxUsers:
		d.addf(from, "is %d, must be 1 to %d: the fewest users to try", r.From, maxUsers)
	case r.To < 1 || r.To > maxUsers:
		d.addf(to, "is %d, must be 1 to %d: the most users to try", r.To, maxUsers)
	case r.From >= r.To:
		d.addf(to, "is %d, must be more than from, which is %d", r.To, r.From)
	}
}

// validateSearched refuses a range that nothing would search.
func (d *document) validateSearched(s v1alpha1.LoadMatrixSpec) {
	r := s.Matrix.Users.Range
	if r == nil || s.Answer == v1alpha1.AnswerCapacity {
		return
	}
	why := "is not measured whole"
	if s.Answer == v1alpha1.AnswerDemand {
		why = "has no single numbers of users to give a demand for"
	}
	d.addf(string(FieldUsers), "is the range %d to %d, which %s; ask for its answer with spec.answer: capacity (--answer capacity), or list numbers of users", r.From, r.To, why)
}

// usersText is the axis as it is given on a command line.
func usersText(u v1alpha1.Users) string {
	if r := u.Range; r != nil {
		return fmt.Sprintf("%d..%d", r.From, r.To)
	}
	return numbers(u.List)
}
