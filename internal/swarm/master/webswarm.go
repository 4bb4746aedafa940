package master

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// classesWait is how long /swarm waits for new workers' classes. They come moments after a
// worker's start; from an adopted one (locust-protocol.md 13) they come with its next
// report, which Python's workers send every 3 s.
const classesWait = 4 * time.Second

// serveSwarm starts or edits a load. As with Locust a refusal is status 200 with
// success false (locust-protocol.md 28).
func (m *Master) serveSwarm(w http.ResponseWriter, r *http.Request) {
	req, err := parseSwarm(r)
	if err == nil {
		err = m.swarm(r.Context(), req)
	}
	var host any
	m.do(func(c *core, _ time.Time) {
		if c.host != nil {
			host = *c.host
		}
	})
	if err != nil {
		m.log.Warn("swarm refused", "error", err)
		writeJSON(w, map[string]any{"success": false, "message": err.Error(), "host": host})
		return
	}
	answer := map[string]any{"success": true, "message": "Swarming started", "host": host}
	if req.runTime > 0 {
		answer["run_time"] = int(req.runTime / time.Second)
	}
	writeJSON(w, answer)
}

func (m *Master) swarm(ctx context.Context, req swarmRequest) error {
	deadline := time.Now().Add(classesWait)
	for {
		var err error
		m.do(func(c *core, now time.Time) { err = c.swarm(now, req) })
		if !errors.Is(err, errNoClasses) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(tickEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// parseSwarm reads the form, urlencoded or multipart. Unknown fields are
// ignored: they are Locust's options or a locustfile's own.
func parseSwarm(r *http.Request) (swarmRequest, error) {
	var req swarmRequest
	if err := parseForm(r); err != nil {
		// The error quotes the whole of a part that cannot be read.
		return req, fmt.Errorf("reading form: %s", shorten(err.Error(), 200))
	}
	var err error
	if req.users, err = strconv.Atoi(field(r, "user_count", "-1")); err != nil {
		return req, fmt.Errorf("Invalid user_count value: %.60q (must be an integer)", r.PostFormValue("user_count"))
	}
	if req.rate, err = strconv.ParseFloat(field(r, "spawn_rate", "-1"), 64); err != nil {
		return req, fmt.Errorf("Invalid spawn_rate value: %.60q (must be a number)", r.PostFormValue("spawn_rate"))
	}
	if r.PostForm.Has("host") {
		host := strings.NewReplacer("<", "", ">", "").Replace(r.PostFormValue("host"))
		if err := checkHost(host); err != nil {
			return req, err
		}
		req.host = &host
	}
	req.runTime, err = parseTimespan(r.PostFormValue("run_time"))
	return req, err
}

// maxHost is longer than any real host, which the master keeps and sends to every worker.
const maxHost = 2048

// checkHost accepts whatever a locustfile may call a host, but no text that could become
// lines of a header or a log.
func checkHost(host string) error {
	switch {
	case len(host) > maxHost:
		return fmt.Errorf("Invalid host value: %d bytes (must be at most %d)", len(host), maxHost)
	case !utf8.ValidString(host) || strings.ContainsFunc(host, unicode.IsControl):
		return fmt.Errorf("Invalid host value: %q (must have no control characters)", host)
	}
	return nil
}

func parseForm(r *http.Request) error {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "multipart/form-data" {
		return r.ParseForm()
	}
	if err := r.ParseMultipartForm(maxBody); err != nil {
		return err
	}
	r.PostForm = r.MultipartForm.Value
	return nil
}

// field is a form's value, or absent's when it is not there at all.
func field(r *http.Request, name, absent string) string {
	if !r.PostForm.Has(name) {
		return absent
	}
	return strings.TrimSpace(r.PostForm.Get(name))
}

// The two forms of a run time, bounded so that no sum of them overflows.
var (
	bareSeconds = regexp.MustCompile(`^\d{1,9}$`)
	timespan    = regexp.MustCompile(`^(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?$`)
)

// parseTimespan reads Locust's run times: 20, 20s, 3m, 2h, 1h20m, 3h30m10s. Empty is none.
func parseTimespan(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	if bareSeconds.MatchString(s) {
		s += "s"
	}
	m := timespan.FindStringSubmatch(s)
	if m == nil {
		return 0, errors.New("Valid run_time formats are : 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc.")
	}
	var total time.Duration
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(m[i+1])
		total += time.Duration(n) * unit
	}
	return total, nil
}

// serveStop stops the load and answers when it has stopped.
func (m *Master) serveStop(w http.ResponseWriter, r *http.Request) {
	var idle chan struct{}
	m.do(func(c *core, now time.Time) {
		c.stop(now)
		idle = c.idle
	})
	select {
	case <-idle:
		writeJSON(w, map[string]any{"success": true, "message": "Test stopped"})
	case <-r.Context().Done():
	}
}

func (m *Master) serveReset(w http.ResponseWriter, _ *http.Request) {
	m.do(func(c *core, now time.Time) { c.resetStats(now) })
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("ok"))
}
