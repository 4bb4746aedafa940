package locust_test

import (
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

func encoded(t testing.TB, micros ...int64) string {
	t.Helper()
	h := stats.NewHistogram()
	for _, m := range micros {
		h.RecordN(m, 1)
	}
	b, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDecode(t *testing.T) {
	s := locust.Slice{Second: 7, Method: "GET", Name: "/a", OK: encoded(t, 1000, 2000, 3000), Failed: encoded(t, 50), Bytes: 9}
	got, err := s.Decode()
	if err != nil {
		t.Fatal(err)
	}
	if got.Second != 7 || got.Endpoint != (stats.Endpoint{Method: "GET", Name: "/a"}) || got.Bytes != 9 {
		t.Errorf("slice %+v", got)
	}
	if got.Requests() != 4 || got.Failures() != 1 || got.OK.Max() < 3*time.Millisecond || got.Failed.Max() > 51*time.Microsecond {
		t.Errorf("%d requests, %d failures, at most %v and %v", got.Requests(), got.Failures(), got.OK.Max(), got.Failed.Max())
	}
	empty, err := locust.Slice{Second: 7}.Decode()
	if err != nil || empty.Requests() != 0 {
		t.Errorf("an empty slice has %d requests: %v", empty.Requests(), err)
	}
	for _, bad := range []locust.Slice{{Second: 7, Method: "GET", Name: "/a", OK: "x"}, {Second: 7, Method: "GET", Name: "/a", Failed: encoded(t, 1)[:8]}} {
		if _, err := bad.Decode(); err == nil || !strings.Contains(err.Error(), "second 7 of GET /a: ") {
			t.Errorf("error = %v", err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, 1000, 2000), encoded(f, 50))
	f.Add("", encoded(f, 1)[:9])
	f.Fuzz(func(t *testing.T, ok, failed string) {
		s, err := locust.Slice{OK: ok, Failed: failed}.Decode()
		if err == nil && s.Requests() < s.Failures() {
			t.Errorf("%d requests, %d failures", s.Requests(), s.Failures())
		}
	})
}
