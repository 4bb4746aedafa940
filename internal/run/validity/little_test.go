package validity

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLittle: what breaks the law, and what makes the counting say nothing.
func TestLittle(t *testing.T) {
	broken := func(counted, byTimes string) []string {
		return []string{"the workers counted " + counted + " requests under way on average, and by their rate and times it was " + byTimes + ": some were counted twice or not at all, or timed wrongly"}
	}
	for _, tt := range []struct {
		name          string
		waited, flown float64 // seconds of each of twenty
		edit          func(*Load)
		stood         float64
		want          []string
	}{
		{name: "sound", waited: 5, flown: 5},
		{name: "counted twice", waited: 10, flown: 5, want: broken("5", "10")},
		{name: "a worker is missing", waited: 2.5, flown: 5, want: broken("5", "2.5")},
		{name: "just too much", waited: 5, flown: 5.31, want: broken("5.31", "5")},
		{name: "within five percent", waited: 5, flown: 5.24},
		{name: "short requests", waited: .05, flown: 5},
		{name: "not counted", waited: 5, edit: func(l *Load) { l.Counted = false }},
		{name: "the counting stood still", waited: 5, flown: 2, stood: .3},
		{name: "unsent ones were counted, too", waited: 5, flown: 7, edit: func(l *Load) { l.Unsent = 1 }},
		{name: "too few seconds", waited: 5, flown: 7, edit: func(l *Load) { l.Seconds = l.Seconds[:4] }},
		{name: "varies", waited: 5, flown: 5, edit: func(l *Load) { l.Seconds[7].Flown = 30 * time.Second }},
		{name: "more than the users", waited: 10.31, edit: func(l *Load) { l.Counted = false }, want: []string{
			"by their rate and times 10.3 requests were under way on average, more than the 10 users can have: some were counted twice, or timed wrongly",
		}},
		{name: "users that hang for an hour", waited: 13.6, flown: 10, edit: func(l *Load) { l.Blur = 72 * time.Second }},
		{name: "all users at once", waited: 10, flown: 10},
		{name: "nothing", edit: func(l *Load) { l.Requests = 0 }},
	} {
		w := open(time.Now())
		w.Seen.StoodStill = tt.stood
		l := Load{Requests: 1000, Counted: true}
		for range 20 {
			l.Seconds = append(l.Seconds, LoadSecond{time.Duration(tt.waited * 1e9), time.Duration(tt.flown * 1e9)})
		}
		if tt.edit != nil {
			tt.edit(&l)
		}
		w.JudgeLittle(l)
		if diff := cmp.Diff(tt.want, texts(w.Against())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if got := LittleBroken.ID(); got != "V2" {
		t.Errorf("the law has the id %s", got)
	}
}

// TestLittleOfSoundWindows: looks at random moments, ten milliseconds apart on average, break no
// sound window: be requests short or long, many or few, and the users in one rhythm or in step.
func TestLittleOfSoundWindows(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	exp := func(mean float64) func() float64 {
		return func() float64 { return random.ExpFloat64() * mean }
	}
	always := func(v float64) func() float64 { return func() float64 { return v } }
	for name, tt := range map[string]struct {
		users        int
		think, serve func() float64
		inStep       bool
		// finds says that the law shows if everything was counted twice, in every window.
		finds bool
	}{
		"short":             {20, exp(.1), exp(.0005), false, false},
		"medium":            {20, exp(.2), exp(.03), false, true},
		"long":              {20, exp(1), exp(3), false, false},
		"no think time":     {10, always(0), exp(.05), false, true},
		"one user":          {1, exp(1), exp(.05), false, false},
		"one rhythm":        {20, always(.98), always(.02), false, true},
		"the looks' rhythm": {20, always(.975), always(.025), false, true},
		"in step":           {20, always(.975), always(.025), true, false},
		"quickly in step":   {50, always(.15), always(.05), true, true},
	} {
		random = rand.New(rand.NewPCG(5, 6)) // whatever the order of the cases
		broken, missed := 0, 0
		const rounds = 200
		for range rounds {
			l := simulated(random, 10, tt.users, tt.think, tt.serve, tt.inStep)
			w := New(tt.users, time.Now(), seen(nil), nil)
			if w.JudgeLittle(l); len(w.Against()) > 0 {
				broken++
			}
			for i := range l.Seconds {
				l.Seconds[i].Waited *= 2
			}
			if w.JudgeLittle(l); len(w.Against()) == 0 {
				missed++
			}
		}
		t.Logf("%s: %d of %d sound windows are broken, %d of %d with doubled times pass", name, broken, rounds, missed, rounds)
		if broken > 0 || tt.finds && missed > 0 {
			t.Errorf("%s: want none", name)
		}
	}
}

// simulated is a window of so many users, who begin at random or all at once.
func simulated(random *rand.Rand, seconds, users int, think, serve func() float64, inStep bool) Load {
	l := Load{Seconds: make([]LoadSecond, seconds), Counted: true}
	looks := []float64{0}
	for last := 0.; last < float64(seconds); last = looks[len(looks)-1] {
		looks = append(looks, last+.005+.01*random.Float64())
	}
	together := random.Float64()
	for range users {
		at := random.Float64() * 2 * (think() + serve())
		if inStep {
			at = together
		}
		for ; at < float64(seconds); at += think() {
			end := at + serve()
			l.waits(at, min(end, float64(seconds)))
			l.flies(looks, at, end)
			if end < float64(seconds) {
				l.Requests++
			}
			at = end
		}
	}
	return l
}

// waits adds a request to the seconds in which it was under way.
func (l *Load) waits(from, to float64) {
	for from < to {
		second := int(from)
		end := min(float64(second+1), to)
		l.Seconds[second].Waited += time.Duration((end - from) * 1e9)
		from = end
	}
}

// flies adds it for half of the time around each look that saw it, as a trapezoid does.
func (l *Load) flies(looks []float64, from, to float64) {
	first, _ := slices.BinarySearch(looks, from)
	for i := max(first, 1); i < len(looks)-1 && looks[i] < to; i++ {
		l.Seconds[min(int(looks[i]), len(l.Seconds)-1)].Flown += time.Duration((looks[i+1] - looks[i-1]) / 2 * 1e9)
	}
}
