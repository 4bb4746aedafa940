// Package httplog tells a log about requests that a program sends: what was asked, what
// the answer was and how long it took. Bodies, headers and queries are left out: there
// may be secrets in them.
package httplog

import (
	"log/slog"
	"net/http"
	"time"
)

// Over returns a transport that sends through next and tells log, with message. What only
// reads and succeeds is told at the debug level, all else at the info level.
func Over(next http.RoundTripper, log *slog.Logger, message string) http.RoundTripper {
	return &transport{next, log, message}
}

type transport struct {
	next    http.RoundTripper
	log     *slog.Logger
	message string
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := t.next.RoundTrip(req)
	attrs := []slog.Attr{
		slog.String("method", req.Method), slog.String("host", req.URL.Host), slog.String("path", req.URL.Path),
		slog.Duration("took", time.Since(began).Round(time.Microsecond)),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	} else {
		attrs = append(attrs, slog.Int("status", resp.StatusCode))
	}
	t.log.LogAttrs(req.Context(), level(req, resp), t.message, attrs...)
	return resp, err
}

func level(req *http.Request, resp *http.Response) slog.Level {
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead || req.Method == http.MethodOptions
	if reads && resp != nil && resp.StatusCode < http.StatusBadRequest {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// CloseIdleConnections passes on what http.Client asks of its transport.
func (t *transport) CloseIdleConnections() {
	if next, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}
