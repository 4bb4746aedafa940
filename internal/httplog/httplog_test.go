package httplog_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/httplog"
)

// answers is a transport that is asked for its status, and may fail instead.
type answers struct {
	status int
	err    error
	closed *bool
}

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	w := httptest.NewRecorder()
	w.WriteHeader(a.status)
	return w.Result(), nil
}

func (a answers) CloseIdleConnections() { *a.closed = true }

func TestOver(t *testing.T) {
	refused := errors.New("connection refused")
	for _, c := range []struct {
		what   string
		method string
		answer answers
		want   string
	}{
		{"a look", http.MethodGet, answers{status: 200}, `level=DEBUG msg=asked method=GET host=load:8089 path=/stats status=200`},
		{"a change", http.MethodPost, answers{status: 200}, `level=INFO msg=asked method=POST host=load:8089 path=/stats status=200`},
		{"nothing there", http.MethodGet, answers{status: 404}, `level=INFO msg=asked method=GET host=load:8089 path=/stats status=404`},
		{"nobody", http.MethodGet, answers{err: refused}, `level=INFO msg=asked method=GET host=load:8089 path=/stats error="connection refused"`},
	} {
		var b strings.Builder
		log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
		closed := false
		c.answer.closed = &closed
		client := &http.Client{Transport: httplog.Over(c.answer, log, "asked")}
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://load:8089/stats?token=hush", strings.NewReader("hush"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "hush")
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
		} else if !errors.Is(err, refused) {
			t.Error(err)
		}
		said := b.String()
		if !regexp.MustCompile(` took=\S+s `).MatchString(said) || strings.Contains(said, "hush") {
			t.Errorf("%s: %s", c.what, said)
		}
		said = regexp.MustCompile(`^time=\S+ | took=\S+`).ReplaceAllString(strings.TrimSpace(said), "")
		if diff := cmp.Diff(c.want, said); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
		if client.CloseIdleConnections(); !closed {
			t.Errorf("%s: idle connections are kept", c.what)
		}
	}
}
