package result

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestColumn(t *testing.T) {
	c := Column{0, 12, 1234.567, .00012345, math.NaN(), 98765.4}
	const want = `[0,12,1235,0.0001235,null,98770]`
	text, err := json.Marshal(c)
	if err != nil || string(text) != want {
		t.Fatalf("%s, %v; want %s", text, err, want)
	}
	var back Column
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Column{0, 12, 1235, .0001235, math.NaN(), 98770}, back, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := json.Marshal(Column{math.Inf(1)}); err == nil {
		t.Error("an infinite value was written")
	}
	if err := json.Unmarshal([]byte("null"), &back); err != nil || back != nil {
		t.Errorf("null is %v, %v", back, err)
	}
	if v := c.At(1); v != 12 || !math.IsNaN(c.At(6)) || !math.IsNaN(c.At(-1)) {
		t.Errorf("second value %v", v)
	}
}

// TestSeriesWithin: a window has the steps that lie in it wholly, and none where one is not known.
func TestSeriesWithin(t *testing.T) {
	series := func(step int) *Series {
		return &Series{Start: 100, Step: step, Source: SeriesOfSlices, RPS: Column{0, 1, 2, 3, 4, 5}, P50: Column{math.NaN(), 10, 20, 30, 40, 50}}
	}
	unknown := series(1)
	unknown.RPS[2] = math.NaN()
	totals := series(1)
	totals.Source = SeriesOfTotals
	for name, tt := range map[string]struct {
		series  *Series
		from    int64
		seconds float64
		want    Column
	}{
		"some":               {series(1), 102, 3, Column{2, 3, 4}},
		"all":                {series(1), 100, 6, Column{0, 1, 2, 3, 4, 5}},
		"longer steps":       {series(2), 103, 7, Column{2, 3, 4}},
		"within a step":      {series(4), 101, 4, nil},
		"beyond the end":     {series(1), 104, 3, nil},
		"before the start":   {series(1), 90, 5, nil},
		"a gap":              {unknown, 102, 3, nil},
		"behind the gap":     {unknown, 103, 3, Column{3, 4, 5}},
		"none":               {nil, 102, 3, nil},
		"of totals":          {totals, 102, 3, nil},
		"steps of no length": {series(0), 102, 3, nil},
	} {
		medians, rates := tt.series.Within(time.Unix(tt.from, 0), tt.seconds)
		if diff := cmp.Diff(tt.want, rates); diff != "" || len(medians) != len(rates) {
			t.Errorf("%s: %d medians, rates (-want +got)\n%s", name, len(medians), diff)
		}
	}
}
