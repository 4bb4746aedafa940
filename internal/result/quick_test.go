package result

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// slowly reads shares and columns as the general decoder does.
func slowly(data []byte) (shares []ReplicaShare, column []*float64, errs [2]bool) {
	errs[0] = json.Unmarshal(data, &shares) != nil
	errs[1] = json.Unmarshal(data, &column) != nil
	return shares, column, errs
}

// quickSeeds are texts with and without what the quick way takes.
func quickSeeds() []string {
	return []string{
		`[]`, `null`, `[1]`, `[1,null,2.5,-3,1e-7,1e+21]`, `[ 1, 2 ]`, `["1"]`, `[01]`, `[1,]`, `[+1]`, `[1E3]`, `[1e999]`,
		`[{"id":"a","amount":1,"share":0.5,"connections":3},{"id":"b","amount":2.5,"share":0.5}]`,
		`[{"id":"a\"","amount":1,"share":1}]`, `[{"id":"},{","amount":1,"share":1}]`, `[{"id":"é","amount":1,"share":1}]`,
		`[{"id":"a","amount":1,"share":1,"connections":null}]`, `[{"id":"a","amount":1,"share":1,"connections":1.5}]`,
		`[{"share":1,"id":"a","amount":1}]`, `[{"id":"a","amount":1,"share":1,"more":2}]`, `[{}]`, `[null]`, `[{"id":"a","amount":1,"share":1}},{]`,
	}
}

// FuzzQuick: what is read the quick way is read as the general decoder reads it.
func FuzzQuick(f *testing.F) {
	for _, text := range quickSeeds() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return // nobody hands it over
		}
		var quick Shares
		var column Column
		shares, numbers, errs := slowly(data)
		err := json.Unmarshal(append(append([]byte(`{"replicas":`), data...), '}'), &quick)
		if (err != nil) != errs[0] {
			t.Fatalf("shares: %v, the general decoder fails: %v", err, errs[0])
		}
		if diff := cmp.Diff(shares, []ReplicaShare(quick.Replicas)); err == nil && diff != "" {
			t.Errorf("shares (-general +quick):\n%s", diff)
		}
		if err = json.Unmarshal(data, &column); (err != nil) != errs[1] {
			t.Fatalf("column: %v, the general decoder fails: %v", err, errs[1])
		}
		if err != nil || numbers == nil && column == nil {
			return
		}
		want := make(Column, len(numbers))
		for i, v := range numbers {
			want[i] = Column(nil).At(0)
			if v != nil {
				want[i] = *v
			}
		}
		if diff := cmp.Diff(want, column, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("column (-general +quick):\n%s", diff)
		}
	})
}

// TestQuick: the quick way takes what Encode writes, or it would be of no use.
func TestQuick(t *testing.T) {
	text, err := json.Marshal([]ReplicaShare{{ID: "target-0001", Amount: 12.5, Share: .25, Connections: new(int64(7))}, {ID: "b/2", Amount: 1e-9, Share: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := quickShares(text); !ok {
		t.Errorf("not taken: %s", text)
	}
	if text, err = json.Marshal(Column{1, 2.5, Column(nil).At(0), -3e-9}); err != nil {
		t.Fatal(err)
	}
	if _, ok := quickColumn(text); !ok {
		t.Errorf("not taken: %s", text)
	}
}
