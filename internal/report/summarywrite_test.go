package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLongSummary: a line for each row says what the indented form says.
func TestLongSummary(t *testing.T) {
	all := cases()
	many := small([]int{1, 2, 3}, []int{4}, nil)
	for i := range atOnce {
		many.Users = append(many.Users, 10*(i+1))
	}
	all["many"] = newSheet(many, latencySLO()...).fill(many.Keys())
	for _, name := range []string{"full", "one", "mixed", "search", "many"} {
		m, err := New(&all[name].run)
		if err != nil {
			t.Fatal(err)
		}
		var short, long bytes.Buffer
		if err := Summary(&short, m); err != nil {
			t.Fatal(err)
		}
		if err := m.longSummary(&long); err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(short.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(long.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-indented +a line for each row):\n%s", name, diff)
		}
		var tail bytes.Buffer
		if err := plainJSON(&tail, "  ").Encode(summarizeTail(m)); err != nil {
			t.Fatal(err)
		}
		if most := bytes.Count(tail.Bytes(), []byte("\n")) + len(m.All) + 60; bytes.Count(long.Bytes(), []byte("\n")) > most {
			t.Errorf("%s: %d lines for %d rows, want at most %d", name, bytes.Count(long.Bytes(), []byte("\n")), len(m.All), most)
		}
	}
}
