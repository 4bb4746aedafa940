// Package result is the narrow waist: flat records of what was measured. The
// campaign writes them, everything else reads them, and any report can be made
// again from them alone.
package result

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Status is how an attempt ended.
type Status string

// The statuses. Only Success carries numbers that may be judged.
const (
	// Success: measured, and nothing cast doubt on the window.
	Success Status = "SUCCESS"
	// Invalid: measured, but the numbers do not say what they seem to.
	Invalid Status = "INVALID"
	// Error: could not be measured.
	Error Status = "ERROR"
	// Skipped: never tried.
	Skipped Status = "SKIPPED"
	// Interrupted: the run was stopped during the attempt. Never terminal.
	Interrupted Status = "INTERRUPTED"
)

// Record is one attempt at one scenario.
type Record struct {
	Key matrix.Key `json:"key"`
	// Role is what the scenario is for; "grid" for a cell of the matrix.
	Role string `json:"role"`
	// Attempt counts from 1.
	Attempt int `json:"attempt"`
	// Terminal marks the record that stands for the key. A key has at most one.
	Terminal bool   `json:"terminal"`
	Status   Status `json:"status"`
	// Reasons say why an attempt is not a success, in the order found.
	Reasons []string `json:"reasons,omitempty"`
	// Warnings are doubts that do not make an attempt invalid.
	Warnings []string `json:"warnings,omitempty"`
	// Findings are those of Reasons and Warnings that a check of the instrument, the load or the
	// target gave; nil also in runs of earlier releases.
	Findings []Finding `json:"findings,omitempty"`
	Engine   string    `json:"engine"`

	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	// Phases are the seconds spent in each step.
	Phases Phases `json:"phases"`

	// ReadyToSwarm is the seconds from the moment when the last replica of target and
	// load became ready to the start of the load; nil when none became ready in this
	// attempt, or the platform does not tell.
	ReadyToSwarm *float64 `json:"ready_to_swarm_s,omitempty"`

	// ScaleUp is how long the target took to get more replicas; nil when it got none in this
	// attempt, and in runs of earlier releases.
	ScaleUp *ScaleUp `json:"scale_up,omitempty"`

	// Nodes are where target and load ran; nil where there are none, before a window has opened, and
	// in runs of earlier releases.
	Nodes *Nodes `json:"nodes,omitempty"`

	// Measured is nil when no window was completed.
	Measured *Measured `json:"measured,omitempty"`
	// Observed sums up what was seen of workers, users and replicas in the window.
	Observed Observed `json:"observed"`
	// Series are what was seen second by second; nil when no load was started, and in runs of
	// earlier releases.
	Series *Series `json:"series,omitempty"`
	// Slices is the file of one-second histograms, relative to the run's
	// directory; empty when the engine has none.
	Slices string `json:"slices,omitempty"`
}

// The roles. Those of a search come after the cells of the matrix, in further rounds.
const (
	// RoleGrid is that of the cells of the matrix, measured once or, when it was close, again.
	RoleGrid = "grid"
	// RoleConfirmation is that of a cell that backs the answer, measured once more.
	RoleConfirmation = "confirmation"
	// RoleAudit is that of a cell whose verdict had been inferred.
	RoleAudit = "audit"
	// RoleControl is that of a cell measured with fewer load workers than the others.
	RoleControl = "control"
	// RoleSentinel is that of the lightest cell, measured again to see whether anything drifts.
	RoleSentinel = "sentinel"
)

// Beside tells whether scenarios of a role only check the others, and have no row of their own.
func Beside(role string) bool {
	return role == RoleAudit || role == RoleControl || role == RoleSentinel
}

// Phases are durations in seconds. Their sum is the attempt's length; the
// cool-down comes after it.
type Phases struct {
	Scale   float64 `json:"scale_s"`
	Workers float64 `json:"workers_s"`
	Swarm   float64 `json:"swarm_s"`
	Ramp    float64 `json:"ramp_s"`
	Settle  float64 `json:"settle_s"`
	Measure float64 `json:"measure_s"`
	Collect float64 `json:"collect_s"`
	Stop    float64 `json:"stop_s"`
}

// Overhead is the seconds not spent in ramp, settling and measuring.
func (p Phases) Overhead() float64 {
	return p.Scale + p.Workers + p.Swarm + p.Collect + p.Stop
}

// Measured are the numbers of one window.
type Measured struct {
	// Start is the window's beginning; Duration its length in seconds on the
	// clock that cut it. With Python Locust it may be longer than asked for.
	Start    time.Time `json:"start"`
	Duration float64   `json:"duration_s"`
	// Requests counts completions in the window, failures included.
	Requests int64 `json:"requests"`
	Failures int64 `json:"failures"`
	// RPS is Requests ÷ Duration.
	RPS float64 `json:"rps"`
	// Latencies are over all completed requests, failures included, as Locust's are.
	Latency Latency `json:"latency"`
	// Unsent counts requests that the load generator could not send. They are no part
	// of Requests: the target is not to blame.
	Unsent int64 `json:"unsent,omitempty"`
	// Retries counts requests that were sent again because a kept connection had
	// been closed: the target may have seen them twice.
	Retries int64 `json:"retries,omitempty"`
	// Flight is what was under way at the window's edges; nil when the engine cannot tell.
	Flight *Flight `json:"flight,omitempty"`
	// Success is the same over the successes only; nil when there are none or the engine cannot tell.
	Success   *Latency         `json:"success,omitempty"`
	Endpoints []EndpointResult `json:"endpoints"`
	Errors    []ErrorCount     `json:"errors,omitempty"`
	// Exact is false for bucketed percentiles (locust-protocol.md 18: up to 5 % off).
	Exact bool `json:"exact"`
	// EdgeError is the relative error of Requests and RPS that the window's edges may
	// leave: 0 with slices, with Python Locust as measured (docs/locust.md).
	EdgeError float64 `json:"edge_error"`
	// Stopped is how the window ended; nil for one of a fixed duration.
	Stopped *Stopped `json:"stopped,omitempty"`
	// Batches are the window in parts, as stats.Batches encodes them; empty where they were not
	// kept: by runs of earlier releases, of attempts that may not be judged, with Python Locust.
	Batches string `json:"batches,omitempty"`
}

// Flight is the requests that a window's edges cut.
type Flight struct {
	// AtStart and AtEnd were under way when the window opened and closed; Started
	// began in it. Of AtStart + Started all but AtEnd ended in the window.
	AtStart int64 `json:"at_start"`
	Started int64 `json:"started"`
	AtEnd   int64 `json:"at_end"`
	// Oldest is how long the oldest of AtEnd had been under way, in milliseconds.
	Oldest float64 `json:"oldest_ms"`
	// Unheard are those of AtEnd that had been under way for longer than any request of the
	// same task that ended in the window took: how such end is not known.
	Unheard int64 `json:"unheard"`
	// Ages is a histogram of how long those of AtEnd had been under way, as
	// stats.Histogram encodes it; empty for none, and where it was not kept.
	Ages string `json:"ages,omitempty"`
}

// Late is a number of requests that had been under way for long, and how long together, in
// milliseconds.
type Late struct {
	Requests int64
	Total    float64
}

// Late counts those of AtEnd that had been under way for d or longer: at least and at most
// so many, which differ only if Ages were not kept.
func (f *Flight) Late(d time.Duration) (least, most Late) {
	if f == nil || f.AtEnd == 0 {
		return Late{}, Late{}
	}
	all := Late{f.AtEnd, float64(f.AtEnd) * max(f.Oldest, Millis(d))}
	if f.Ages == "" {
		if f.Oldest < Millis(d) {
			return Late{}, Late{}
		}
		return Late{1, f.Oldest}, all
	}
	h, err := stats.DecodeHistogram([]byte(f.Ages))
	if err != nil {
		// A journal that somebody has changed: none of them may count as quick.
		return all, all
	}
	n, sum := h.Beyond(d)
	return Late{n, Millis(sum)}, Late{n, Millis(sum)}
}

// FailureRatio is failures per request, 0 to 1; 0 without requests.
func (m *Measured) FailureRatio() float64 {
	if m == nil || m.Requests == 0 {
		return 0
	}
	return float64(m.Failures) / float64(m.Requests)
}

// Latency holds quantiles in milliseconds. P90 and P999 are nil where they were not kept: by
// runs of earlier releases, and with Python Locust if the locustfile leaves them out.
type Latency struct {
	P50  float64  `json:"p50_ms"`
	P90  *float64 `json:"p90_ms,omitempty"`
	P95  float64  `json:"p95_ms"`
	P99  float64  `json:"p99_ms"`
	P999 *float64 `json:"p99.9_ms,omitempty"`
	Mean float64  `json:"mean_ms"`
	Min  float64  `json:"min_ms"`
	Max  float64  `json:"max_ms"`
}

// LatencyOf reads a histogram.
func LatencyOf(h *stats.Histogram) Latency {
	return Latency{
		P50: Millis(h.Quantile(.50)), P90: new(Millis(h.Quantile(.90))), P95: Millis(h.Quantile(.95)),
		P99: Millis(h.Quantile(.99)), P999: new(Millis(h.Quantile(.999))),
		Mean: Millis(h.Mean()), Min: Millis(h.Min()), Max: Millis(h.Max()),
	}
}

// Millis is a duration in milliseconds, to the microsecond.
func Millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// EndpointResult is one task's share of the window.
type EndpointResult struct {
	stats.Endpoint
	Requests int64   `json:"requests"`
	Failures int64   `json:"failures"`
	Latency  Latency `json:"latency"`
	// Redirected counts successes that a redirect led to, if the swarmfile does not say which
	// status is right.
	Redirected int64 `json:"redirected,omitempty"`
	// Success is the same over the successes only, where some but not all failed; nil
	// also when the engine cannot tell.
	Success *Latency `json:"success,omitempty"`
	// Flight is what was under way; nil when the engine cannot tell.
	Flight *Flight `json:"flight,omitempty"`
	// Batches are as in Measured. The MaxBatched endpoints with the most requests have them.
	Batches string `json:"batches,omitempty"`
}

// MaxBatched is of how many endpoints an attempt keeps batches.
const MaxBatched = 20

// WithoutBatches returns the measurement without any.
func (m *Measured) WithoutBatches() *Measured {
	out := *m
	out.Batches = ""
	out.Endpoints = slices.Clone(m.Endpoints)
	for i := range out.Endpoints {
		out.Endpoints[i].Batches = ""
	}
	return &out
}

// ErrorCount is one kind of failure.
type ErrorCount struct {
	stats.Endpoint
	Error       string `json:"error"`
	Occurrences int64  `json:"occurrences"`
	// Unsent says that the load generator could not send these requests.
	Unsent bool `json:"unsent,omitempty"`
	// First and Last are the seconds in which the first and the last of them ended; nil where
	// that is not known.
	First *time.Time `json:"first,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
}

// Observed sums up the observations of the window.
type Observed struct {
	// Samples is how many observations of the load succeeded.
	Samples int `json:"samples"`
	// Workers, Users and Replicas are the last values seen.
	Workers  int `json:"workers"`
	Users    int `json:"users"`
	Replicas int `json:"replicas"`
	// CPUMean and CPUMax are over workers and observations, in percent of what a worker may use.
	CPUMean float64 `json:"cpu_mean"`
	CPUMax  float64 `json:"cpu_max"`
	// StoodStill is how many seconds the worker that stood still longest did not run: it was
	// stopped, or starved of processor time.
	StoodStill float64 `json:"stood_still_s,omitempty"`
	// Lag is how late the load worker with the longest delay came to run; nil where nobody can
	// tell, and for windows of less than about three seconds.
	Lag *Lag `json:"lag,omitempty"`
	// TargetUsage is what the target used in the window; nil where nobody can tell.
	TargetUsage *Usage `json:"target_usage,omitempty"`
	// TargetShares is how the load was shared out among the target's replicas in the
	// window; nil where that is not known, and then SharesUnknown says why.
	TargetShares  *Shares `json:"target_shares,omitempty"`
	SharesUnknown string  `json:"target_shares_unknown,omitempty"`
}

// Lag is by how much later than it was due a worker looked at its clock, in milliseconds: what it
// may have added to a latency, since an answer reaches a user in the same way.
type Lag struct {
	Worker string  `json:"worker"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
}

// Shares are the parts that the replicas of a target had in one window.
type Shares struct {
	// Source names who counted, Unit what: ByRequests or ByCPU.
	Source string `json:"source"`
	Unit   string `json:"unit"`
	// Replicas are in the order of their ids; their shares add up to 1.
	Replicas ReplicaShares `json:"replicas"`
	// MaxToMean is the largest share over an even one.
	MaxToMean float64 `json:"max_to_mean"`
}

// The units of Shares.
const (
	// ByRequests counts requests.
	ByRequests = "requests"
	// ByCPU is the mean processor time in cores, of which requests are only a part.
	ByCPU = "cpu_cores"
)

// ReplicaShare is one replica's part.
type ReplicaShare struct {
	ID string `json:"id"`
	// Amount is in the unit; Share is its part of the whole, 0 to 1.
	Amount float64 `json:"amount"`
	Share  float64 `json:"share"`
	// Connections carried it; nil where nobody counts them.
	Connections *int64 `json:"connections,omitempty"`
}

// ReplicaShares are those of all replicas, in an order.
type ReplicaShares []ReplicaShare

// UnmarshalJSON reads an array.
func (s *ReplicaShares) UnmarshalJSON(data []byte) error {
	if quick, ok := quickShares(data); ok {
		*s = quick
		return nil
	}
	return json.Unmarshal(data, (*[]ReplicaShare)(s))
}

// Total is the sum over the replicas, in the unit.
func (s *Shares) Total() (sum float64) {
	for _, r := range s.Replicas {
		sum += r.Amount
	}
	return sum
}

// Usage is what the target's replicas used together.
type Usage struct {
	// Source names where the figures are from.
	Source string `json:"source,omitempty"`
	// CPUCores is the mean; MemoryBytes the working set at the end.
	CPUCores    float64 `json:"cpu_cores"`
	MemoryBytes int64   `json:"memory_bytes"`
	// CPURequests is what the replicas request together, in cores, as an autoscaler adds it up;
	// nil where a container requests none, and where that is not known.
	CPURequests *float64 `json:"cpu_requests_cores,omitempty"`
	// Throttled is the share of scheduling periods cut short by a CPU limit, 0 to 1;
	// nil when it is not known.
	Throttled *float64 `json:"throttled,omitempty"`
	// Unavailable says why there are no figures; the others are 0 then.
	Unavailable string `json:"unavailable,omitempty"`
}
