package analysis

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSentences are the answers as a person says them.
func TestSentences(t *testing.T) {
	for _, tt := range []struct {
		rows []Row
		want string
	}{
		{grid("1 4 1: F", "2 4 1: P"), "2 replicas are enough for 1 user"},
		{grid("1 4 200: P", "2 4 200: P"), "1 replica is enough for 200 users"},
		{grid("8 4 200: F", "1 4 200: F"), "no: 8 replicas are not enough for 200 users"},
		{grid("1 4 200: F"), "no: 1 replica is not enough for 200 users"},
		{grid("1 4 200: F", "2 4 200: -", "4 4 200: -"), "not known for 200 users: 1 replica is not enough, no data for 2, 4 replicas"},
		{grid("1 4 200: -"), "not known for 200 users: no data"},
	} {
		if diff := cmp.Diff(tt.want, Demands(tt.rows)[0].Sentence()); diff != "" {
			t.Errorf("replicas needed (-want +got):\n%s", diff)
		}
	}
	for _, tt := range []struct {
		rows          []Row
		scaled, fixed string
	}{
		{grid("1 4 100: P", "1 4 200: P"), "most users that pass: 200", ""},
		{grid("1 4 100: P", "1 4 200: F", "1 4 400: F"), "most users that pass: 100, not 200", ""},
		{grid("1 4 100: F", "1 4 200: F"), "no: 1 replica is not enough for 100 users", "no: not even 100 users pass"},
		{grid("3 4 1: F"), "no: 3 replicas are not enough for 1 user", "no: not even 1 user passes"},
		{grid("1 4 100: -"), "most users that pass: not known, no data", ""},
	} {
		if tt.fixed == "" {
			tt.fixed = tt.scaled
		}
		c := Capacities(tt.rows)[0]
		if diff := cmp.Diff([]string{tt.scaled, tt.fixed}, []string{c.Sentence(true), c.Sentence(false)}); diff != "" {
			t.Errorf("most users (-want +got):\n%s", diff)
		}
	}
}

// TestBeyond: what the rows already say is not repeated as the answer's doubt.
func TestBeyond(t *testing.T) {
	rows := grid("1 4 200: PF", "2 4 200: P", "4 4 200: F")
	rows[0].Judgement.Outcomes = []Outcome{{Doubts: []string{"p95 < 800ms is decided by fewer than 10 values"}}}
	d := Demands(rows)[0]
	own := []string{
		"1 replica, 4 workers: rounds disagree, 1 of 2 pass, which counts as FAIL",
		"not monotone: 4 replicas fail although 2 passes; measure again",
	}
	if diff := cmp.Diff(own, d.Beyond); diff != "" {
		t.Errorf("beyond (-want +got):\n%s", diff)
	}
	all := append([]string{"1 replica, 4 workers: p95 < 800ms is decided by fewer than 10 values"}, own...)
	if diff := cmp.Diff(all, d.Doubts); diff != "" {
		t.Errorf("doubts (-want +got):\n%s", diff)
	}
}
