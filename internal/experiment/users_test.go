package experiment

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// ranged is an experiment that searches a range, with these lines of its matrix.
func ranged(lines ...string) string {
	return minimal + "  slo: [{metric: p95, below: 1s}]\n  answer: capacity\n  matrix:\n    " + strings.Join(lines, "\n    ") + "\n"
}

// TestRange: a range spans the ends, and its precision has a default.
func TestRange(t *testing.T) {
	exp, err := decode(t, ranged("users: {from: 50, to: 2000}", "workers: [2]", "replicas: [1, 2]"))
	if err != nil {
		t.Fatal(err)
	}
	want := matrix.Axes{Replicas: []int{1, 2}, Workers: []int{2}, Users: []int{50, 2000}, Repeats: 1}
	if diff := cmp.Diff(want, exp.Axes); diff != "" || exp.Within != .05 {
		t.Errorf("within %v, axes (-want +got):\n%s", exp.Within, diff)
	}
	if got := exp.LoadMatrix.Spec.Matrix.Users.Range; *got != (v1alpha1.UserRange{From: 50, To: 2000, Within: "5%"}) {
		t.Errorf("range %+v", got)
	}
}

// TestRangeProblems: what cannot be searched is refused where it stands.
func TestRangeProblems(t *testing.T) {
	both := "users: {from: 10, to: 20}"
	for name, tt := range map[string]struct{ text, want string }{
		"not a list":    {ranged("users: 5"), `spec.matrix.users (line 9): is the number 5, must be a list, as in [50, 100], or a range, as in {from: 50, to: 2000, within: 5%}`},
		"unknown field": {ranged("users: {from: 10, too: 20}"), `spec.matrix.users.too (line 9): unknown field (did you mean to?); known here: from, to, within`},
		"no from":       {ranged("users: {to: 20}"), `spec.matrix.users (line 9): lacks from, the fewest users to try`},
		"no to":         {ranged("users: {from: 20}"), `spec.matrix.users (line 9): lacks to, the most users to try`},
		"backwards":     {ranged("users: {from: 20, to: 10}"), `spec.matrix.users.to (line 9): is 10, must be more than from, which is 20`},
		"no width":      {ranged("users:", "  from: 20", "  to: 20"), `spec.matrix.users.to (line 11): is 20, must be more than from, which is 20`},
		"no unit":       {ranged("users: {from: 10, to: 20, within: 5}"), `spec.matrix.users.within (line 9): is 5, which lacks a unit; write 5%`},
		"too near":      {ranged("users: {from: 10, to: 20, within: 0.5%}"), `spec.matrix.users.within (line 9): is 0.5%, must be 1% to 50%`},
		"too far":       {ranged("users: {from: 10, to: 20, within: 51%}"), `spec.matrix.users.within (line 9): is 51%, must be 1% to 50%`},
		"include":       {ranged(both, "include: [{replicas: 1, workers: 4, users: 15}]"), `spec.matrix.include (line 10): is given beside a range of users`},
		"exclude":       {ranged(both, "exclude: [{replicas: 1, workers: 4, users: 10}]"), `spec.matrix.exclude (line 10): is given beside a range of users`},
		"more workers":  {ranged("users: {from: 3, to: 20}", "workers: [4]"), `spec.matrix (line 8): has a scenario of 4 workers and 3 users; each worker needs at least one user`},
		"grid":          {minimal + "  matrix: {" + both + "}\n", `spec.matrix.users (line 6): is the range 10 to 20, which is not measured whole; ask for its answer with spec.answer: capacity (--answer capacity), or list numbers of users`},
		"demand":        {strings.Replace(ranged(both), "capacity", "demand", 1), `spec.matrix.users (line 9): is the range 10 to 20, which has no single numbers of users to give a demand for`},
		"repeats":       {ranged(both, "repeats: 2"), `spec.matrix.repeats (line 10): is 2 beside answer capacity`},
		"no slo":        {minimal + "  answer: capacity\n  matrix: {" + both + "}\n", `spec.answer (line 6): is capacity, which needs an SLO to search by`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(t, tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v\nwant  %s\n%s", err, tt.want, tt.text)
			}
		})
	}
}

// TestRangeSettings: a range and a list take each other's place.
func TestRangeSettings(t *testing.T) {
	precise := ranged("users: {from: 50, to: 2000, within: 10%}")
	for name, tt := range map[string]struct {
		text     string
		settings []Setting
		users    string
		want     string
	}{
		"a range":             {text: ranged("users: [10]"), settings: []Setting{flag("users", FieldUsers, "20..80")}, users: "{from: 20, to: 80, within: 5%}"},
		"keeps the precision": {text: precise, settings: []Setting{flag("users", FieldUsers, "20..80")}, users: "{from: 20, to: 80, within: 10%}"},
		"a list":              {text: precise, settings: []Setting{flag("users", FieldUsers, "20,80")}, users: "[20, 80]"},
		"a preset":            {text: precise, settings: []Setting{flag("preset", FieldPreset, "baseline")}, users: "[400]"},
		"a variable":          {text: precise, settings: []Setting{{Field: FieldUsers, Origin: "USER_COUNTS", Value: "20..80"}}, users: "{from: 20, to: 80, within: 10%}"},
		"no number":           {text: precise, settings: []Setting{flag("users", FieldUsers, "20..x")}, want: `spec.matrix.users (--users): is "20..x", must be a range of whole numbers, as in 50..2000`},
		"backwards":           {text: precise, settings: []Setting{flag("users", FieldUsers, "20..10")}, want: `spec.matrix.users.to (--users): is 10, must be more than from, which is 20`},
		"zero":                {text: precise, settings: []Setting{flag("users", FieldUsers, "0..10")}, want: `spec.matrix.users.from (--users): is 0, must be 1 to`},
	} {
		t.Run(name, func(t *testing.T) {
			exp, err := decode(t, tt.text, tt.settings...)
			switch {
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want %s", err, tt.want)
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want == "" && exp.LoadMatrix.Spec.Matrix.Users.String() != tt.users:
				t.Errorf("users %v, want %s", exp.LoadMatrix.Spec.Matrix.Users, tt.users)
			}
		})
	}
}

// TestRangeRoundTrip: a stored copy is the same, and both forms are.
func TestRangeRoundTrip(t *testing.T) {
	for _, text := range []string{ranged("users: {from: 50, to: 2000, within: 10%}"), ranged("users: [50, 100]")} {
		exp, err := decode(t, text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := exp.With("copy", nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(exp.LoadMatrix, again.LoadMatrix); diff != "" || exp.Within != again.Within {
			t.Errorf("strictly decoded (-want +got):\n%s", diff)
		}
		data, err := json.Marshal(exp.LoadMatrix)
		if err != nil {
			t.Fatal(err)
		}
		var plain v1alpha1.LoadMatrix
		if err := json.Unmarshal(data, &plain); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*exp.LoadMatrix, plain); diff != "" {
			t.Errorf("decoded (-want +got):\n%s", diff)
		}
	}
}

// TestRangeIdentity: a range is not the list of its ends, and its precision counts.
func TestRangeIdentity(t *testing.T) {
	seen := map[string]string{}
	for _, users := range []string{"[50, 2000]", "{from: 50, to: 2000}", "{from: 50, to: 2000, within: 10%}", "{from: 50, to: 2001}"} {
		exp, err := decode(t, ranged("users: "+users))
		if err != nil {
			t.Fatal(err)
		}
		id := asJSON(t, exp.Identity())
		if other, ok := seen[id]; ok {
			t.Errorf("%s has the identity of %s", users, other)
		}
		seen[id] = users
	}
	exp, err := decode(t, ranged("users: {from: 50, to: 2000, within: 5.0%}"))
	if err != nil {
		t.Fatal(err)
	}
	if was := seen[asJSON(t, exp.Identity())]; was != "{from: 50, to: 2000}" {
		t.Errorf("5.0%% is another precision than 5%%: %q", was)
	}
}

// TestRangeAsDeployed: what deploy was given is told in one piece.
func TestRangeAsDeployed(t *testing.T) {
	in := Input{Name: "x.yaml", Data: []byte(ranged("users: [10]"))}
	got := in.AsDeployed(NewRecord([]Setting{flag("users", FieldUsers, "50..2000")}), nil, nil)
	want := []string{"users 50..2000 as deployed (deploy --users 50..2000); the file has users 10"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
