package httpuser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// weighted has the tasks a, b, ... of one class, with these weights; nil means that none is given.
func weighted(weights ...*float64) *v1alpha1.Swarmfile {
	sf := swarmfile()
	for i, w := range weights {
		name := string(rune('a' + i))
		sf.Spec.Users[0].Tasks = append(sf.Spec.Users[0].Tasks, v1alpha1.Task{Name: name, Weight: w, Request: v1alpha1.Request{Path: "/" + name}})
	}
	return sf
}

// TestWeightZeroIsNever: such a task is not part of the program, and its variables are not needed.
func TestWeightZeroIsNever(t *testing.T) {
	sf := weighted(new(2.0), new(0.0), nil)
	sf.Spec.Users[0].Tasks[1].Request.Headers = map[string]string{"X": `{{env "NOT_SET"}}`}
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]stats.Endpoint{{Method: "GET", Name: "a"}, {Method: "GET", Name: "c"}}, p.Endpoints()); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if got := p.classes[0].pick; len(got) != 2 || got[0] < .66 || got[0] > .67 {
		t.Errorf("picker %v, want two thirds for a", got)
	}
}

// TestClassOfWeightZero: no worker has it, so no master gives it users.
func TestClassOfWeightZero(t *testing.T) {
	sf := weighted(nil)
	never := sf.Spec.Users[0]
	never.Name, never.Weight = "Never", new(0.0)
	sf.Spec.Users = append(sf.Spec.Users, never)
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Client"}, p.Classes()); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	sf.Spec.Users[0].Weight = new(0.0)
	if _, err := Compile(sf, Options{}); err == nil || !strings.Contains(err.Error(), "no user classes with a weight above 0") {
		t.Errorf("error %v without any class", err)
	}
}

func TestPickerNeedsWeights(t *testing.T) {
	for _, w := range []float64{0, -1} {
		if _, err := newPicker([]float64{1, w}); err == nil {
			t.Errorf("weight %v is taken", w)
		}
	}
}
