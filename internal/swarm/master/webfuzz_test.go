package master

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// FuzzSwarmForm: what is accepted from a form can be kept, sent to workers and shown.
func FuzzSwarmForm(f *testing.F) {
	const urlencoded = "application/x-www-form-urlencoded"
	f.Add(urlencoded, []byte("user_count=5&spawn_rate=1.5&host=http%3A%2F%2Fx&run_time=1h20m"))
	f.Add(urlencoded, []byte("user_count=1&spawn_rate=1&host=%0d%0aX:1"))
	f.Add(urlencoded, []byte("user_count=-1&spawn_rate=NaN&host=<>&%zz"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"user_count\"\r\n\r\n7\r\n--b--\r\n"))
	f.Add("multipart/form-data", []byte("--b"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\n"+strings.Repeat("no colon", 1500)+"\r\n\r\n--b--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r := httptest.NewRequest("POST", "/swarm", bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		req, err := parseSwarm(r)
		if err != nil {
			if text := err.Error(); len(text) > maxHost+200 {
				t.Errorf("%d bytes of error: %.200s", len(text), text)
			}
			return
		}
		if req.host != nil && (len(*req.host) > maxHost || !utf8.ValidString(*req.host) || strings.ContainsFunc(*req.host, unicode.IsControl)) {
			t.Errorf("host %q", *req.host)
		}
		if req.runTime < 0 {
			t.Errorf("run time %s", req.runTime)
		}
		if req.validate() == nil && (req.users < 0 || !(req.rate > 0)) {
			t.Errorf("%d users at %g a second are valid", req.users, req.rate)
		}
	})
}

// FuzzTimespan: an accepted span is not negative, and reads the same when it is written in
// hours, minutes and seconds.
func FuzzTimespan(f *testing.F) {
	for _, s := range []string{"", "20", "20s", "3m", "1h20m", "3h30m10s", "999999h9999999m999999999s", "-1", "1.5h", "h", "00", "1s1m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseTimespan(s)
		if err != nil {
			return
		}
		if d < 0 || d%time.Second != 0 {
			t.Fatalf("%q is %s", s, d)
		}
		if d >= 999_999*time.Hour {
			return // more than can be written
		}
		if again, err := parseTimespan(d.String()); err != nil || again != d {
			t.Errorf("%q is %s, and that is %s, %v", s, d, again, err)
		}
	})
}
