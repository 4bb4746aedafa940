package locust

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/baseurl"
	"github.com/swarmgrid/swarmgrid/internal/httplog"
)

// The client's limits. A Python master serves its API from the thread that also
// merges reports, so answers may take seconds under load (locust-protocol.md 25).
const (
	readTimeout = 10 * time.Second
	// stopTimeout covers /stop, which can block for 60 s after a worker was lost
	// (locust-protocol.md 33), with some slack.
	stopTimeout = 75 * time.Second
	maxBody     = 64 << 20
)

// Client talks to one master. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	http  *http.Client
	lease string

	mu sync.Mutex
	// verbs remembers which method /stop and /stats/reset want (locust-protocol.md 27).
	verbs map[string]string
}

// NewClient returns a client of the master whose web address is base. A lease
// holder that is not empty is sent with every request, which keeps the load alive
// on our master.
func NewClient(base, leaseHolder string) (*Client, error) {
	u, err := baseurl.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("the master's address %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = proxyOutside
	return &Client{
		base: u, lease: leaseHolder, verbs: map[string]string{},
		http: &http.Client{Transport: transport, CheckRedirect: refuseRedirect},
	}, nil
}

// Through makes the client send its requests through t instead of its own connections.
func (c *Client) Through(t http.RoundTripper) *Client {
	c.http.Transport = t
	return c
}

// Logged makes the client tell log about every request.
func (c *Client) Logged(log *slog.Logger) *Client {
	c.http.Transport = httplog.Over(c.http.Transport, log, "asked the master")
	return c
}

// refuseRedirect keeps a login page (302 to /login, locust-protocol.md 26) from being read as an answer.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// StatusError is an answer with an unexpected HTTP status.
type StatusError struct {
	Method, Path string
	Code         int
	// Allow is the header of a 405.
	Allow string
	// Body is the beginning of the answer.
	Body string
}

// Error names the request and the answer, and guesses at a login page.
func (e *StatusError) Error() string {
	if e.Code == http.StatusFound || e.Code == http.StatusSeeOther {
		return fmt.Sprintf("%s %s: redirected: the master asks for a login, which swarmgrid does not have; start it without --web-login", e.Method, e.Path)
	}
	return strings.TrimRight(fmt.Sprintf("%s %s: status %d: %s", e.Method, e.Path, e.Code, e.Body), ": ")
}

// NotLocustError is an answer that the route does not give: something other than a master
// answers, or a login page in front of one (locust-protocol.md 26).
type NotLocustError struct {
	Request, MediaType, Want string
	// Body is the beginning of the answer.
	Body string
}

// Error names the request and the answer.
func (e *NotLocustError) Error() string {
	return fmt.Sprintf("%s: answer is %q, not %s: %s (is this a Locust master, and is a login page in front of it?)", e.Request, e.MediaType, e.Want, e.Body)
}

// Unusable tells whether asking again would end in the same error: there is a login, or no
// master at all.
func Unusable(err error) bool {
	var other *NotLocustError
	var status *StatusError
	if errors.As(err, &status) {
		return slices.Contains([]int{http.StatusFound, http.StatusSeeOther, http.StatusUnauthorized, http.StatusForbidden}, status.Code)
	}
	return errors.As(err, &other)
}

// do sends one request and returns the body of a 200 answer with its media type.
func (c *Client) do(ctx context.Context, method, path string, form url.Values, timeout time.Duration) (body []byte, mediaType string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var content io.Reader
	if form != nil {
		content = strings.NewReader(form.Encode())
	}
	return c.send(ctx, method, path, "application/x-www-form-urlencoded", content)
}

func (c *Client) send(ctx context.Context, method, path, contentType string, content io.Reader) ([]byte, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.base.String(), "/")+path, content)
	if err != nil {
		return nil, "", fmt.Errorf("asking the master: %w", err)
	}
	if content != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if c.lease != "" {
		req.Header.Set(LeaseHeader, c.lease)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, "", fmt.Errorf("asking the master: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, "", fmt.Errorf("reading the master's answer to %s %s: %w", method, path, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, "", &StatusError{Method: method, Path: path, Code: resp.StatusCode, Allow: resp.Header.Get("Allow"), Body: excerpt(body)}
	}
	mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return body, mediaType, nil
}

func excerpt(body []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	if r := []rune(line); len(r) > 200 {
		line = string(r[:200]) + "…"
	}
	return line
}

// getJSON insists on a JSON media type: a half-configured login answers every
// route with status 200 and a page (locust-protocol.md 26).
func (c *Client) getJSON(ctx context.Context, path string, out any) error {
	body, mediaType, err := c.do(ctx, http.MethodGet, path, nil, readTimeout)
	if err != nil {
		return err
	}
	if mediaType != "application/json" {
		return &NotLocustError{"GET " + path, mediaType, "JSON", excerpt(body)}
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("GET %s: reading JSON: %w", path, err)
	}
	return nil
}

// change calls /stop or /stats/reset with the verb that this master's version
// wants: POST from 2.47.0, GET before (locust-protocol.md 27).
func (c *Client) change(ctx context.Context, path string, timeout time.Duration) error {
	verb := c.verb(path)
	_, _, err := c.do(ctx, verb, path, nil, timeout)
	var status *StatusError
	if !errors.As(err, &status) || status.Code != http.StatusMethodNotAllowed {
		return err
	}
	other := allowedVerb(status.Allow)
	if other == "" || other == verb {
		return err
	}
	c.remember(path, other)
	_, _, err = c.do(ctx, other, path, nil, timeout)
	return err
}

// allowedVerb picks POST or GET out of an Allow header.
func allowedVerb(allow string) string {
	for part := range strings.SplitSeq(allow, ",") {
		if verb := strings.TrimSpace(part); verb == http.MethodPost || verb == http.MethodGet {
			return verb
		}
	}
	return ""
}

func (c *Client) verb(path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.verbs[path]; v != "" {
		return v
	}
	return http.MethodPost
}

func (c *Client) remember(path, verb string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verbs[path] = verb
}

// SwarmRequest starts a load, or changes the number of users of one that runs.
type SwarmRequest struct {
	Users int
	// SpawnRate is in users per second.
	SpawnRate float64
	// Host is the target's base URL; empty leaves the master's own.
	Host string
	// RunTime makes the master stop by itself; 0 means never. Only for masters
	// whose timer is cancelled by /stop (Capabilities.RunTime, locust-protocol.md 29).
	RunTime time.Duration
}

// Swarm starts the load. It returns before any user runs, and success is only
// the master's word for it: watch Stats.
func (c *Client) Swarm(ctx context.Context, r SwarmRequest) error {
	form := url.Values{
		"user_count": {strconv.Itoa(r.Users)},
		"spawn_rate": {strconv.FormatFloat(r.SpawnRate, 'g', -1, 64)},
	}
	if r.Host != "" {
		form.Set("host", r.Host)
	}
	if r.RunTime > 0 {
		form.Set("run_time", fmt.Sprintf("%ds", int(r.RunTime.Round(time.Second)/time.Second)))
	}
	body, mediaType, err := c.do(ctx, http.MethodPost, "/swarm", form, readTimeout)
	if err != nil {
		return err
	}
	return success("POST /swarm", body, mediaType)
}

// success is the answer to /swarm: {"success": bool, "message": text}, which comes with status 200 either way.
func success(request string, body []byte, mediaType string) error {
	var answer struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
	}
	if mediaType != "application/json" || json.Unmarshal(body, &answer) != nil {
		return &NotLocustError{request, mediaType, "JSON", excerpt(body)}
	}
	switch {
	case !answer.Success:
		return fmt.Errorf("%s: refused: %s", request, answer.Message)
	case strings.Contains(answer.Message, "using shape class"):
		return &ShapeError{answer.Message}
	}
	return nil
}

// Stop ends the load. It may block for over a minute on a Python master that lost a worker,
// and Stats must still be watched until the master is idle.
func (c *Client) Stop(ctx context.Context) error {
	return c.change(ctx, "/stop", stopTimeout)
}

// ResetStats zeroes the master's statistics. Reports under way still arrive afterwards.
func (c *Client) ResetStats(ctx context.Context) error {
	return c.change(ctx, "/stats/reset", readTimeout)
}

// Capabilities are what differs between masters.
type Capabilities struct {
	// Extension is our master's extra routes; nil for a Python master.
	Extension *Info
	// RunTime says that /swarm's run_time is safe to send: 2.47.0 and later.
	RunTime bool
}

// Probe asks a master what it can do, without changing anything.
func (c *Client) Probe(ctx context.Context) (Capabilities, error) {
	var caps Capabilities
	info, err := c.info(ctx)
	if err != nil {
		return caps, err
	}
	caps.Extension = info
	verb, err := c.stopVerb(ctx)
	if err != nil {
		return caps, err
	}
	// The timer is cancelled since the release that made /stop a POST.
	caps.RunTime = verb == http.MethodPost
	return caps, nil
}

func (c *Client) info(ctx context.Context) (*Info, error) {
	var info Info
	err := c.getJSON(ctx, InfoPath, &info)
	var status *StatusError
	if errors.As(err, &status) && status.Code == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Protocol != 1 {
		return nil, fmt.Errorf("master speaks version %d of the swarmgrid extension, this program version 1; use the same release for both", info.Protocol)
	}
	return &info, nil
}

// stopVerb learns the verb from OPTIONS, which stops nothing.
func (c *Client) stopVerb(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodOptions, strings.TrimSuffix(c.base.String(), "/")+"/stop", nil)
	if err != nil {
		return "", fmt.Errorf("asking the master: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", fmt.Errorf("asking the master: %w", err)
	}
	_ = resp.Body.Close()
	verb := allowedVerb(resp.Header.Get("Allow"))
	if verb != "" {
		c.remember("/stop", verb)
		c.remember("/stats/reset", verb)
	}
	return verb, nil
}

// postJSON sends a JSON body and accepts any 2xx answer.
func (c *Client) postJSON(ctx context.Context, path string, in any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encoding request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	_, _, err = c.send(ctx, http.MethodPost, path, "application/json", bytes.NewReader(body))
	return err
}
