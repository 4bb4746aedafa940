package locust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
)

// The states of a master. Ready and stopped are both idle (locust-protocol.md 9).
const (
	StateReady    = "ready"
	StateSpawning = "spawning"
	StateRunning  = "running"
	StateStopping = "stopping"
	StateStopped  = "stopped"
)

// Stats is what /stats/requests says. A Python master answers from a cache of 2 s or more
// (locust-protocol.md 31), so it may describe the past.
type Stats struct {
	State     string
	UserCount int
	// Workers lists every worker the master knows, missing ones too.
	Workers []Worker
	// CurrentRPS is over the last ten seconds; 0 if the version does not report it.
	CurrentRPS float64
	// CurrentFailures is failures per second over the same time; 0 if the version does not report it.
	CurrentFailures float64
	// CurrentP50 and CurrentP95 are over the last ten seconds, in milliseconds; nil when unknown.
	CurrentP50, CurrentP95 *float64
	// Requests and Failures count since the last start or reset.
	Requests, Failures int64
	// Errors are the kinds of those failures, the first 500 of them.
	Errors []Failure
}

// Worker is one worker as a master reports it.
type Worker struct {
	ID        string
	State     string
	UserCount int
	// CPUPercent is of one core for Python workers.
	CPUPercent float64
}

// Live tells whether the worker takes part: not missing, not gone.
func (w Worker) Live() bool {
	return w.State == StateReady || w.State == StateSpawning || w.State == StateRunning
}

// LiveWorkers counts the workers that take part.
func (s Stats) LiveWorkers() int {
	n := 0
	for _, w := range s.Workers {
		if w.Live() {
			n++
		}
	}
	return n
}

// Idle tells whether no load runs.
func (s Stats) Idle() bool { return idle(s.State) }

func idle(state string) bool { return state == StateReady || state == StateStopped }

// wireStats is the JSON of 2.12.1 to 2.47.0, as far as it is used (locust-protocol.md 30).
type wireStats struct {
	State     string          `json:"state"`
	UserCount flexInt         `json:"user_count"`
	Workers   []wireWorker    `json:"workers"`
	Stats     []wireEntry     `json:"stats"`
	Errors    []wireError     `json:"errors"`
	Current   *float64        `json:"current_rps"`
	P         json.RawMessage `json:"current_response_time_percentiles"`
	P1        *float64        `json:"current_response_time_percentile_1"`
	P2        *float64        `json:"current_response_time_percentile_2"`
	P50       *float64        `json:"current_response_time_percentile_50"`
	P95       *float64        `json:"current_response_time_percentile_95"`
}

type wireWorker struct {
	ID        string  `json:"id"`
	State     string  `json:"state"`
	UserCount flexInt `json:"user_count"`
	CPU       float64 `json:"cpu_usage"`
}

type wireEntry struct {
	Name        string  `json:"name"`
	NumRequests flexInt `json:"num_requests"`
	NumFailures flexInt `json:"num_failures"`
	Current     float64 `json:"current_rps"`
	Failing     float64 `json:"current_fail_per_sec"`
}

type wireError struct {
	Method      string  `json:"method"`
	Name        string  `json:"name"`
	Error       string  `json:"error"`
	Occurrences flexInt `json:"occurrences"`
}

// flexInt is a count. It accepts 3 and 3.0: Python sends either.
type flexInt int64

// maxCount is the number up to which JSON's numbers are exact.
const maxCount = 1 << 53

func (f *flexInt) UnmarshalJSON(b []byte) error {
	var v float64
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if !(v >= 0 && v <= maxCount) {
		return fmt.Errorf("%s is not a count", b)
	}
	*f = flexInt(v)
	return nil
}

// Stats reads /stats/requests.
func (c *Client) Stats(ctx context.Context) (Stats, error) {
	var w wireStats
	if err := c.getJSON(ctx, "/stats/requests", &w); err != nil {
		return Stats{}, err
	}
	if w.State == "" {
		return Stats{}, errors.New("GET /stats/requests: answer has no state; is this a Locust master?")
	}
	return w.stats(), nil
}

func (w wireStats) stats() Stats {
	s := Stats{State: w.State, UserCount: int(w.UserCount)}
	for _, x := range w.Workers {
		s.Workers = append(s.Workers, Worker{ID: x.ID, State: x.State, UserCount: int(x.UserCount), CPUPercent: x.CPU})
	}
	for _, e := range w.Errors {
		// Older versions escape it for the page that shows it.
		s.Errors = append(s.Errors, Failure{Method: e.Method, Name: e.Name, Error: html.UnescapeString(e.Error), Occurrences: int64(e.Occurrences)})
	}
	s.CurrentP50, s.CurrentP95 = w.percentiles()
	if w.Current != nil {
		s.CurrentRPS = *w.Current
	}
	// The aggregated entry is always the last one.
	if n := len(w.Stats); n > 0 {
		total := w.Stats[n-1]
		s.Requests, s.Failures, s.CurrentFailures = int64(total.NumRequests), int64(total.NumFailures), total.Failing
		if w.Current == nil {
			s.CurrentRPS = total.Current // report-level only from 2.45.0
		}
	}
	return s
}

// percentiles finds the current p50 and p95, whatever the version calls them.
func (w wireStats) percentiles() (p50, p95 *float64) {
	var modern map[string]*float64
	if json.Unmarshal(w.P, &modern) == nil && modern != nil {
		return modern["response_time_percentile_0.5"], modern["response_time_percentile_0.95"]
	}
	if w.P1 != nil || w.P2 != nil {
		return w.P1, w.P2
	}
	return w.P50, w.P95
}

// WorkerCount is the cheapest status call; masters before 2.37.2 do not have it
// and are asked for Stats instead.
func (c *Client) WorkerCount(ctx context.Context) (int, error) {
	var answer struct {
		WorkerCount int `json:"worker_count"`
	}
	err := c.getJSON(ctx, "/worker-count", &answer)
	var status *StatusError
	if errors.As(err, &status) && status.Code == http.StatusNotFound {
		s, err := c.Stats(ctx)
		return s.LiveWorkers(), err
	}
	return answer.WorkerCount, err
}

// Exception is one kind of unhandled error in user code.
type Exception struct {
	Count     int    `json:"count"`
	Message   string `json:"msg"`
	Traceback string `json:"traceback"`
	Nodes     string `json:"nodes"`
}

// Exceptions lists the unhandled errors since the last start or reset.
func (c *Client) Exceptions(ctx context.Context) ([]Exception, error) {
	var answer struct {
		Exceptions []Exception `json:"exceptions"`
	}
	err := c.getJSON(ctx, "/exceptions", &answer)
	return answer.Exceptions, err
}
