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
		{grid("1 4 1: F", "2 4 1: P"), "1 user: 2 replicas (1 is too few)"},
		{grid("1 4 200: P", "2 4 200: P"), "200 users: 1 replica"},
		{grid("8 4 200: F", "1 4 200: F"), "200 users: not with 8 replicas or fewer (8 are too few)"},
		{grid("2 4 200: P"), "200 users: 1 or 2 replicas (1 was not tried)"},
		{grid("1 4 200: F", "4 4 200: B", "8 4 200: P"), "200 users: 2 to 8 replicas (1 is too few; 4 are too close to call; 2 to 3, 5 to 7 were not tried)"},
		{grid("1 4 200: F"), "200 users: not with 1 replica (1 is too few)"},
		{grid("1 4 200: F", "2 4 200: -", "4 4 200: -"), "200 users: not known, 2 replicas or more (1 is too few; no data for 2, 4)"},
		{grid("1 4 200: -"), "200 users: not known, no data"},
	} {
		if diff := cmp.Diff(tt.want, Demands(tt.rows)[0].Sentence()); diff != "" {
			t.Errorf("replicas needed (-want +got):\n%s", diff)
		}
	}
	for _, tt := range []struct {
		rows []Row
		want string
	}{
		{grid("1 4 100: P", "1 4 200: P"), "200 users pass"},
		{grid("1 4 100: P", "1 4 200: F", "1 4 400: F"), "100 users pass, 200 do not"},
		{grid("1 4 100: F", "1 4 200: F"), "not even 100 users pass"},
		{grid("3 4 1: F"), "not even 1 user passes"},
		{grid("1 4 100: -"), "not known, no data"},
	} {
		if diff := cmp.Diff(tt.want, Capacities(tt.rows)[0].Sentence()); diff != "" {
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
