package inferencesim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/alarm"
)

// virtualServer is a service on synctest's clock; call its handler directly.
func virtualServer(t *testing.T, change func(*Options)) *Server {
	t.Helper()
	o := DefaultOptions()
	o.Service, o.Mean, o.Seed = Fixed, time.Second, 1
	change(&o)
	s, err := newServer(o, alarm.OnTimer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func request(s *Server, method, path string, body []byte) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(method, path, bytes.NewReader(body)))
	return w
}

func TestPredict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := virtualServer(t, func(*Options) {})
		began := time.Now()
		w := request(s, "POST", "/predict", encode(t, ValidPayload()))
		if took := time.Since(began); w.Code != 200 || took != time.Second {
			t.Errorf("status %d after %v, want 200 after 1s", w.Code, took)
		}
		if got := w.Header().Get("Server-Timing"); got != "queue;dur=0.000, service;dur=1000.000" {
			t.Errorf("Server-Timing: %s", got)
		}
		var f Forecast
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || f.InferenceLength != 2 || len(f.Data) != 11 || len(f.Data["up"]) != 2 {
			t.Errorf("answer %s, %v", w.Body, err)
		}
	})
}

func TestStatuses(t *testing.T) {
	valid := encode(t, ValidPayload())
	for _, tt := range []struct {
		name         string
		change       func(*Options)
		method, path string
		body         []byte
		code         int
		want         string // part of the answer
	}{
		{"not JSON", func(*Options) {}, "POST", "/predict", []byte("x"), 422, `{"detail":[{"loc":["body",1],"msg":"JSON decode error: invalid character`},
		{"field", func(*Options) {}, "POST", "/predict", []byte(`{"index_col":"ts","data":{}}`), 422, `{"loc":["body","inference_length"],"msg":"Field required","type":"missing"}`},
		{"too large", func(*Options) {}, "POST", "/predict", make([]byte, maxBody+1), 413, `{"detail":"body is larger than 1048576 bytes"}`},
		{"failure", func(o *Options) { o.FailureRate = 1 }, "POST", "/predict", valid, 500, `{"detail":"simulated failure"}`},
		{"starting", func(o *Options) { o.StartupDelay = time.Minute }, "POST", "/predict", valid, 503, `{"detail":"starting"}`},
		{"health", func(*Options) {}, "GET", "/healthz", nil, 200, `{"status":"ok"}`},
		{"health starting", func(o *Options) { o.StartupDelay = time.Minute }, "GET", "/healthz", nil, 503, `{"status":"starting"}`},
		{"method", func(*Options) {}, "GET", "/predict", nil, 405, ""},
		{"path", func(*Options) {}, "GET", "/", nil, 404, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := request(virtualServer(t, tt.change), tt.method, tt.path, tt.body)
				if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.want) {
					t.Errorf("%d %s, want %d %s", w.Code, w.Body, tt.code, tt.want)
				}
			})
		})
	}
}

func TestStartupDelayPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := virtualServer(t, func(o *Options) { o.StartupDelay = time.Minute })
		time.Sleep(time.Minute)
		if w := request(s, "GET", "/healthz", nil); w.Code != 200 {
			t.Errorf("health %d %s after the delay", w.Code, w.Body)
		}
		s.draining.Store(true)
		if w := request(s, "GET", "/healthz", nil); w.Code != 503 || !strings.Contains(w.Body.String(), "draining") {
			t.Errorf("health %d %s while draining", w.Code, w.Body)
		}
	})
}

func TestFailureRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := virtualServer(t, func(o *Options) { o.FailureRate = .3 })
		failed := 0
		for range 500 {
			if w := request(s, "POST", "/predict", encode(t, ValidPayload())); w.Code == 500 {
				failed++
			}
		}
		want(t, "failures", float64(failed), 150, .15)
	})
}

// The queue is full, yet health and metrics answer at once, and say so.
func TestFullQueueAndMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := virtualServer(t, func(o *Options) { o.Servers, o.QueueLimit = 1, 1 })
		body := encode(t, ValidPayload())
		for range 2 {
			go request(s, "POST", "/predict", body)
			synctest.Wait()
		}
		if w := request(s, "POST", "/predict", body); w.Code != 503 || !strings.Contains(w.Body.String(), `{"detail":"queue is full"}`) {
			t.Errorf("the third: %d %s", w.Code, w.Body)
		}
		began := time.Now()
		if w := request(s, "GET", "/healthz", nil); w.Code != 200 {
			t.Errorf("health: %d", w.Code)
		}
		expectMetrics(t, s, "inference_in_flight 2", "inference_queue_length 1", "inference_in_service 1",
			`inference_requests_total{code="503"} 1`, "inference_service_seconds_count 0")
		if took := time.Since(began); took != 0 {
			t.Errorf("health and metrics took %v: they went through the queue", took)
		}
		time.Sleep(3 * time.Second)
		expectMetrics(t, s, "inference_in_flight 0", "inference_queue_length 0", "inference_in_service 0",
			`inference_requests_total{code="200"} 2`, "inference_service_seconds_sum 2", "inference_wait_seconds_sum 1",
			"inference_request_duration_seconds_count 3", "go_goroutines")
	})
}

func expectMetrics(t *testing.T, s *Server, lines ...string) {
	t.Helper()
	text := request(s, "GET", "/metrics", nil).Body.String()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("metrics do not have %q:\n%s", line, text)
		}
	}
}

// started is the whole program on a free port, and how to end it.
type started struct {
	url   string
	stop  context.CancelFunc
	code  chan int
	lines chan string // the rest of stderr
}

func start(t *testing.T, args ...string) started {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r, w := io.Pipe()
	p := started{stop: stop, code: make(chan int, 1), lines: make(chan string, 100)}
	go func() {
		p.code <- Run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), io.Discard, w)
		w.Close()
	}()
	stderr := bufio.NewScanner(r)
	if !stderr.Scan() {
		t.Fatal("the program says nothing")
	}
	_, rest, _ := strings.Cut(stderr.Text(), "listening on ")
	p.url, _, _ = strings.Cut(rest, " ")
	go func() {
		for stderr.Scan() {
			p.lines <- stderr.Text()
		}
		close(p.lines)
	}()
	return p
}

// post sends a prediction and reads the answer to its end.
func post(ctx context.Context, client *http.Client, url string, body []byte) (int, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", url+"/predict", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// metricReaches polls until the service shows the line.
func metricReaches(t *testing.T, url, line string) {
	t.Helper()
	var text []byte
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		resp, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, _ = io.ReadAll(resp.Body)
		resp.Body.Close()
		if bytes.Contains(text, []byte("\n"+line+"\n")) {
			return
		}
	}
	t.Fatalf("metrics never have %q:\n%s", line, text)
}

func TestDrainFinishesWhatIsInFlight(t *testing.T) {
	body := encode(t, ValidPayload())
	p := start(t, "--service", "fixed", "--mean", "300ms")
	codes := make(chan int, 1)
	go func() {
		code, _ := post(context.Background(), http.DefaultClient, p.url, body)
		codes <- code
	}()
	metricReaches(t, p.url, "inference_in_service 1")
	p.stop()
	if code := <-codes; code != 200 {
		t.Errorf("the request in flight ends with %d, want 200", code)
	}
	if code := <-p.code; code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://")); err == nil {
		c.Close()
		t.Error("it still accepts connections")
	}
}

func TestDrainIsBounded(t *testing.T) {
	body := encode(t, ValidPayload())
	p := start(t, "--service", "fixed", "--mean", "1h", "--drain-timeout", "20ms")
	go post(context.Background(), http.DefaultClient, p.url, body)
	metricReaches(t, p.url, "inference_in_service 1")
	p.stop()
	if code := <-p.code; code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if line := <-p.lines; line != "inference-sim: draining: 1 predictions cut off after 20ms; raise --drain-timeout to let them finish" {
		t.Errorf("says %q", line)
	}
}

func TestClientThatLeavesFreesTheServer(t *testing.T) {
	body := encode(t, ValidPayload())
	p := start(t, "--service", "fixed", "--mean", "1h", "--servers", "1")
	ctx, cancel := context.WithCancel(context.Background())
	for range 2 {
		go post(ctx, http.DefaultClient, p.url, body)
	}
	metricReaches(t, p.url, "inference_in_flight 2")
	cancel()
	metricReaches(t, p.url, `inference_requests_total{code="499"} 2`)
	metricReaches(t, p.url, "inference_in_service 0")
	p.stop()
	if code := <-p.code; code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestRunExitCodes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"--help"}, 0, usage, ""},
		{[]string{"--servers", "0"}, 2, "", "inference-sim: invalid value \"0\" for flag --servers: want from 1 to 1000000\nsee inference-sim --help\n"},
		{[]string{"--sigma", "1", "--rates", "1:1"}, 2, "", "inference-sim: flag --rates wants --discipline ps\ninference-sim: flag --sigma wants --service lognormal\nsee inference-sim --help\n"},
		{[]string{"--listen", taken.Addr().String()}, 1, "", fmt.Sprintf("inference-sim: listening on %s: listen tcp %[1]s: bind: address already in use; choose another address with --listen\n", taken.Addr())},
	} {
		var stdout, stderr bytes.Buffer
		if code := Run(t.Context(), tt.args, &stdout, &stderr); code != tt.code || stdout.String() != tt.stdout || stderr.String() != tt.stderr {
			t.Errorf("%v: exit %d\nstdout %s\nstderr %s\nwant %d, %s, %s", tt.args, code, &stdout, &stderr, tt.code, tt.stdout, tt.stderr)
		}
	}
}
