package matrix

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeys(t *testing.T) {
	axes := Axes{
		Replicas: []int{1, 2}, Workers: []int{4}, Users: []int{200, 400},
		Include: []Scenario{{8, 8, 800}, {1, 4, 200}},
		Exclude: []Scenario{{2, 4, 200}},
		Repeats: 2,
	}
	cells := []Scenario{{1, 4, 200}, {1, 4, 400}, {2, 4, 400}, {8, 8, 800}}
	var want []Key
	for round := 1; round <= 2; round++ {
		for _, c := range cells {
			want = append(want, Key{c, round})
		}
	}
	if diff := cmp.Diff(want, axes.Keys()); diff != "" {
		t.Errorf("Keys (-want +got):\n%s", diff)
	}
}

func TestShuffle(t *testing.T) {
	keys := Axes{Replicas: []int{1, 2, 4, 8}, Workers: []int{4, 8}, Users: []int{200, 400, 800}, Repeats: 2}.Keys()
	got := Shuffle(keys, 7)
	if slices.Equal(got, keys) {
		t.Error("order unchanged")
	}
	if !slices.Equal(got, Shuffle(keys, 7)) {
		t.Error("same seed, another order")
	}
	for i, k := range got {
		if want := 1 + i/24; k.Round != want {
			t.Fatalf("key %d is of round %d, want %d", i, k.Round, want)
		}
		if !slices.Contains(keys, k) {
			t.Fatalf("invented key %v", k)
		}
	}
}

func TestKeyText(t *testing.T) {
	k := Key{Scenario{1, 4, 200}, 1}
	if got, want := k.String(), "1 replica, 4 workers, 200 users"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	k.Round = 3
	if got, want := k.String(), "1 replica, 4 workers, 200 users, round 3"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	if got, want := k.Slug(), "r1-w4-u200-3"; got != want {
		t.Errorf("Slug = %q, want %q", got, want)
	}
}
