package result

import (
	"encoding/json"
	"math"
	"testing"

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
