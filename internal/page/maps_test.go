package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// TestFrontier: between what passes and what is known not to, wherever that is, and nowhere else.
func TestFrontier(t *testing.T) {
	letters := map[byte]State{'P': Pass, 'F': Fail, 'B': Borderline, 'p': InferredPass, 'f': InferredFail, 'o': Open, 'I': Invalid, '-': Absent}
	for _, tt := range []struct {
		name string
		rows []string
		want string
	}{
		{"a stair", []string{"PFF", "PPF"}, "1,0–1,1 1,1–2,1 2,1–2,2"},
		{"inferred", []string{"pF", "PB"}, "1,0–1,1 1,1–1,2"},
		{"all pass", []string{"PP", "Pp"}, ""},
		{"none passes", []string{"FF", "fB"}, ""},
		{"what is not known divides nothing", []string{"PoI", "P-F"}, ""},
		{"a hole", []string{"PPP", "PFP", "PPP"}, "1,1–2,1 1,1–1,2 2,1–2,2 1,2–2,2"},
	} {
		s := sheet{cells: map[[2]int]Cell{}}
		for r, row := range tt.rows {
			for u := range row {
				s.put(r+1, 100*(u+1), Cell{State: letters[row[u]]})
			}
		}
		var got []string
		for _, e := range s.finish().Frontier {
			got = append(got, fmt.Sprintf("%d,%d–%d,%d", e.X1, e.Y1, e.X2, e.Y2))
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestMaps: several worker counts and rounds have a map of each beside that of all.
func TestMaps(t *testing.T) {
	for name, want := range map[string][]string{
		"sample": {""},
		"slo":    {"All together, as the answer rests on it", "4 workers", "8 workers"},
		"rounds-apart": {
			"All together, as the answer rests on it", "Round 1", "Round 2", "Round 3", "Round 4", "Round 5", "Round 6",
		},
		"rounds": {
			"All together, as the answer rests on it", "4 workers, round 1", "4 workers, round 2", "8 workers, round 1", "8 workers, round 2",
		},
	} {
		var got []string
		for _, m := range New(modelOf(t, name), "").Maps {
			got = append(got, m.Title)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestMapOfNothing: single cells that share no axis would make a map of places that nobody asked
// about.
func TestMapOfNothing(t *testing.T) {
	run := wholeRun(t, 6, 60)
	rec := withoutBatches(run.Records[0])
	run.Header.Keys, run.Header.Order, run.Records = nil, nil, nil
	for i := range 300 {
		rec.Key = matrix.Key{Scenario: matrix.Scenario{Replicas: i + 1, Workers: 4, Users: i + 1}, Round: 1}
		run.Header.Keys, run.Header.Order, run.Records = append(run.Header.Keys, rec.Key), append(run.Header.Order, i), append(run.Records, rec)
	}
	d := New(modelOfRun(t, run), "")
	if len(d.Maps) != 0 || !strings.Contains(d.Left, "1 map would have more than 50000 places") {
		t.Errorf("%d maps, left out: %q", len(d.Maps), d.Left)
	}
}

// TestEfficiency: what passes with too low an efficiency is no answer, and says so wherever it
// is shown.
func TestEfficiency(t *testing.T) {
	d := New(modelOf(t, "efficiency"), "")
	const text = "efficiency is 75 % of that with 1 replica (by users within the SLO), not above 85%"
	row := d.Rows[8]
	if row.State != Pass || row.Why[len(row.Why)-1] != text {
		t.Errorf("%s: %s, %q", row.Name, row.State, row.Why)
	}
	got := []string{d.Maps[0].Cells[8].Text, d.Maps[0].Cells[4].Text, d.Curves.Sizes[2].Text, d.Curves.Sizes[1].Text}
	want := []string{
		"PASS, but its " + text, "PASS", "75 % of that with 1 replica, by users within the SLO, not above 85%", "105 % of that with 1 replica, by users within the SLO",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
