package balancer

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzProtocol: whatever the driver sends, each line is answered once, up to the first that
// is no request, and no group is accepted that means more than one group. The server is
// never closed, which would kill the groups and processes that the input names.
func FuzzProtocol(f *testing.F) {
	f.Add(`{"id":1,"op":"listen","policy":"random"}` + "\n" + `{"id":2,"op":"set","backends":[{"id":"a","address":"127.0.0.1:1"}]}` + "\n" + `{"id":3,"op":"shares"}`)
	f.Add(`{"id":1,"op":"guard","group":77}` + "\n" + `{"id":2,"op":"guard","group":-1}` + "\n" + `{"id":3,"op":"unguard","group":1}`)
	f.Add(`{"id":1,"op":"mark","mark":"A=b"}` + "\n" + `{"id":2,"op":"health"}` + "\n\n" + `{"id":9}`)
	f.Add(`{"id":1,"op":"listen","policy":"x"}` + "\n" + `null` + "\n" + `[]` + "\n" + `{"id":1e9}`)
	f.Fuzz(func(t *testing.T, text string) {
		var want []int64
		for line := range strings.Lines(text) {
			var req Request
			if json.Unmarshal([]byte(line), &req) != nil {
				break
			}
			if req.Op == OpDrain {
				t.Skip() // waits for as long as it is told to
			}
			want = append(want, req.ID)
		}
		var out bytes.Buffer
		b := &server{out: json.NewEncoder(&out), groups: map[int]bool{}, vitals: newVitals(time.Now())}
		err := b.serve(strings.NewReader(text))
		if b.listener != nil {
			_ = b.listener.Close()
		}
		for group := range b.groups {
			if group <= 1 {
				t.Errorf("group %d is guarded", group)
			}
		}
		dec := json.NewDecoder(&out)
		for _, id := range want {
			var r Reply
			if decodeErr := dec.Decode(&r); decodeErr != nil || r.ID != id {
				t.Fatalf("reply %+v, %v; want that to %d (serve: %v)", r, decodeErr, id, err)
			}
		}
		if dec.More() {
			t.Errorf("more replies than requests: %s", out.String())
		}
	})
}
