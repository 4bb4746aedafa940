package search_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/search"
)

// surely is a measurement that is no close call.
func surely(s search.Step, passes bool) search.Observation {
	o := search.Observation{Cell: s.Cell, Role: s.Role, Verdict: search.Fail, Margin: 2, Rate: float64(s.Users)}
	if passes {
		o.Verdict, o.Margin = search.Pass, -2
	}
	return o
}

// TestTrapOfMoreReplicasThatHurt has 3 replicas worse than 2. It must be found, and no verdict
// may be inferred from or over them.
func TestTrapOfMoreReplicasThatHurt(t *testing.T) {
	for _, k := range []truth{{1, 2, 1, 3}, {1, 3, 1, 3}, {1, 3, 2, 3}, {0, 2, 1, 2}, {0, 1, 0, 3}, {2, 3, 2, 3}} {
		for seed := range int64(5) {
			q := grid(4, 3)
			q.Seed = seed
			seen := answer(t, q, func(s search.Step) search.Observation { return surely(s, k.verdict(s.Cell) == search.Pass) })
			m := search.Conclude(q, seen)
			if len(m.NonMonotone) == 0 {
				t.Errorf("%v: no contradiction was found", k)
			}
			for _, f := range m.Cells() {
				if f.Verdict != k.verdict(f.Cell) {
					t.Errorf("%v: claims %v", k, f)
				}
				if f.Inferred && (f.Replicas == 2 || f.Replicas == 3) {
					t.Errorf("%v: infers %v", k, f)
				}
			}
		}
	}
}

// TestContradictionThatWasNoise measures both once more, and goes on.
func TestContradictionThatWasNoise(t *testing.T) {
	k, q := truth{1, 2, 2, 3}, grid(4, 3)
	wrong := 0
	seen := answer(t, q, func(s search.Step) search.Observation {
		o := surely(s, k.verdict(s.Cell) == search.Pass)
		if s.Role == search.Audit && wrong == 0 {
			wrong++
			o.Verdict, o.Margin = 3-o.Verdict, -o.Margin
		}
		return o
	})
	m := search.Conclude(q, seen)
	isTrue(t, q, m, k)
	if wrong != 1 || len(m.NonMonotone) > 0 {
		t.Errorf("contradictions %v after %v", m.NonMonotone, seen)
	}
}

func TestJudge(t *testing.T) {
	nan := math.NaN()
	m := func(v search.Verdict, margin float64) search.Observation {
		return search.Observation{Verdict: v, Margin: margin}
	}
	for _, test := range []struct {
		name string
		seen []search.Observation
		want search.Verdict
	}{
		{"nothing", nil, search.Open},
		{"no data", []search.Observation{m(search.NoData, nan)}, search.NoData},
		{"clear pass", []search.Observation{m(search.Pass, -.9)}, search.Pass},
		{"clear failure", []search.Observation{m(search.Fail, .9)}, search.Fail},
		{"alone and near", []search.Observation{m(search.Pass, -.7)}, search.Close},
		{"alone, margin unknown", []search.Observation{m(search.Pass, nan)}, search.Pass},
		{"repeats that failed", []search.Observation{m(search.Pass, -.7), m(search.NoData, nan), m(search.NoData, nan)}, search.Close},
		{"mean passes", []search.Observation{m(search.Pass, -.5), m(search.Close, .1), m(search.Close, -.3)}, search.Pass},
		{"mean is too close", []search.Observation{m(search.Pass, -.4), m(search.Close, .1), m(search.Close, -.2)}, search.Close},
		{"mean fails", []search.Observation{m(search.Close, .1), m(search.Fail, .4)}, search.Fail},
		{"one lucky window", []search.Observation{m(search.Pass, math.Inf(-1)), m(search.Fail, 2), m(search.Fail, 2)}, search.Fail},
		{"vote", []search.Observation{m(search.Close, nan), m(search.Pass, nan), m(search.Pass, nan)}, search.Pass},
		{"vote of less than half", []search.Observation{m(search.Close, nan), m(search.Pass, nan)}, search.Close},
		{"failed otherwise", []search.Observation{m(search.Pass, 1), m(search.Pass, 1)}, search.Pass},
		{"margin against the verdict", []search.Observation{m(search.Fail, -2), m(search.Fail, -2)}, search.Fail},
	} {
		if got := search.Judge(test.seen); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestRepeats measures a close call again before anything else.
func TestRepeats(t *testing.T) {
	q := grid(1, 1)
	c := search.Cell{Replicas: 1, Users: 100}
	near := search.Observation{Cell: c, Role: search.Grid, Verdict: search.Close, Margin: -.3}
	seen := []search.Observation{near}
	for range 2 {
		want := search.Step{Cell: c, Role: search.Grid, Why: "too close to call so far"}
		got, ok := search.Next(q, seen)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Fatalf("after %d: %v %s", len(seen), ok, diff)
		}
		seen = append(seen, near)
	}
	if step, ok := search.Next(q, seen); ok {
		t.Errorf("a fourth measurement: %v", step)
	}
	if got := search.Conclude(q, seen).At(c); got.Verdict != search.Pass {
		t.Errorf("mean of -0.3 is %v", got)
	}
}

// TestWhatIsRepeated repeats where it may change whether the cell passes.
func TestWhatIsRepeated(t *testing.T) {
	q, nan := grid(1, 1), math.NaN()
	for _, test := range []struct {
		verdict search.Verdict
		margin  float64
		want    bool
	}{
		{search.Pass, -.9, false},
		{search.Pass, -.7, true},
		{search.Pass, nan, false},
		{search.Close, -1.5, true}, // a short window
		{search.Close, 0, true},
		{search.Close, .5, false},
		{search.Close, nan, true},
		{search.Fail, .3, true},
		{search.Fail, .5, false},
		{search.Fail, nan, false},
		{search.NoData, 0, false},
	} {
		seen := []search.Observation{{
			Cell: search.Cell{Replicas: 1, Users: 100}, Role: search.Grid, Verdict: test.verdict, Margin: test.margin,
		}}
		step, ok := search.Next(q, seen)
		if got := ok && step.Role == search.Grid; got != test.want {
			t.Errorf("%v with margin %v: repeated %v, want %v", test.verdict, test.margin, got, test.want)
		}
	}
}

// FuzzNext gives observations that no search would have asked for: it must not panic, and must
// end.
func FuzzNext(f *testing.F) {
	f.Add(int64(1), uint8(0), []byte{1, 1, 0, 1, 90})
	f.Add(int64(2), uint8(7), []byte{2, 2, 1, 2, 130, 3, 2, 2, 1, 120, 9, 9, 4, 9, 0})
	f.Fuzz(func(t *testing.T, seed int64, flags uint8, data []byte) {
		q := grid(int(flags>>3)%9, int(uint64(seed)%9))
		q.Seed, q.Control, q.Sentinel = seed, flags&1 > 0, flags&2 > 0
		if flags&4 > 0 {
			q.Users, q.Within = []int{50, 400}, .1
		}
		var seen []search.Observation
		for ; len(data) >= 5 && len(seen) < 40; data = data[5:] {
			c := search.Cell{Replicas: int(data[0] % 6), Users: 50 * int(data[1]%10)}
			seen = append(seen, observation(search.Step{Cell: c, Role: role(data[2])}, data[3], data[4]))
			if data[3] > 250 {
				q.Missing[c] = true
			}
		}
		ends(t, q, seen, rand.New(rand.NewPCG(uint64(seed), 1)))
	})
}

func role(b byte) search.Role {
	return []search.Role{search.Grid, search.Audit, search.Confirmation, search.Control, search.Sentinel, "other"}[b%6]
}

func observation(s search.Step, verdict, margin byte) search.Observation {
	m := (float64(margin) - 128) / 40
	if margin == 255 {
		m = math.NaN()
	}
	return search.Observation{Cell: s.Cell, Role: s.Role, Verdict: search.Verdict(verdict % 7), Margin: m}
}

func ends(t *testing.T, q search.Question, seen []search.Observation, random *rand.Rand) {
	t.Helper()
	most := len(seen) + 3*len(q.Replicas)*max(len(q.Users), 50*int(10*q.Within)) + 10
	for {
		step, ok := search.Next(q, seen)
		if !ok {
			break
		}
		if q.Missing[step.Cell] {
			t.Fatalf("%v may not be measured", step)
		}
		seen = append(seen, observation(step, byte(random.IntN(256)), byte(random.IntN(256))))
		if len(seen) > most {
			t.Fatalf("no end after %d measurements", len(seen))
		}
	}
	m := search.Conclude(q, seen)
	for _, f := range m.Cells() {
		checkBacking(t, m, f)
		m.Demand(f.Users)
		m.Capacity(f.Replicas)
	}
	m.Frontier()
}
