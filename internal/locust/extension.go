package locust

import "github.com/swarmgrid/swarmgrid/internal/stats"

// This file is the contract of the routes that our master has besides Locust's web API, all
// under ExtensionPath. The client discovers them by asking for Info; a Python master answers
// 404, and everything works without them.

// The extension's routes. Every request that carries LeaseHeader with the
// holder's id renews the lease.
const (
	ExtensionPath = "/swarmgrid/v1/"
	// InfoPath (GET) answers Info.
	InfoPath = ExtensionPath + "info"
	// HealthPath (GET) answers 200 while the master serves.
	HealthPath = ExtensionPath + "healthz"
	// StatusPath (GET) answers Status, never cached.
	StatusPath = ExtensionPath + "status"
	// SlicesPath (GET, query from and to in Unix seconds, [from, to)) answers Slices.
	SlicesPath = ExtensionPath + "slices"
	// LeasePath (POST Lease) takes or extends the lease on the load: when it runs
	// out, the master stops the load. Another holder's live lease answers 409. DELETE releases it.
	LeasePath   = ExtensionPath + "lease"
	LeaseHeader = "Swarmgrid-Lease"
)

// Info says what a master can do.
type Info struct {
	// Protocol is the version of this extension: 1.
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
}

// Lease is a claim on the load by one driver.
type Lease struct {
	Holder string `json:"holder"`
	// TTLSeconds is how long the load may go on without hearing from the holder.
	TTLSeconds float64 `json:"ttl_seconds"`
}

// Status is the master's current view. Unlike Locust's /stats/requests it is never memoised.
type Status struct {
	State string `json:"state"`
	// NowMicros is the master's clock, by which slices are cut, in Unix microseconds.
	NowMicros int64 `json:"now_micros"`
	// UserCount is how many users the workers report, TargetUsers how many /swarm asked for.
	UserCount   int            `json:"user_count"`
	TargetUsers int            `json:"target_users"`
	Workers     []StatusWorker `json:"workers"`
	// Events are the last joins, losses and redispatches, oldest first.
	Events []Event `json:"events"`
	Lease  *Lease  `json:"lease,omitempty"`
}

// StatusWorker is one worker as the master knows it.
type StatusWorker struct {
	ID        string `json:"id"`
	Index     int    `json:"index"`
	State     string `json:"state"`
	UserCount int    `json:"user_count"`
	// CPUPercent is of what the worker may use (its cgroup's quota), 0 to 100; of one core for Python workers.
	CPUPercent  float64 `json:"cpu_percent"`
	MemoryBytes int64   `json:"memory_bytes"`
	Version     string  `json:"version"`
	// Slices says that the worker sends one-second slices (ours does, Python's cannot).
	Slices bool `json:"slices"`
	// CoveredMicros is the moment up to which the worker's measurements are in the statistics,
	// on the master's clock: when a Python worker's last report came, or the end of our
	// worker's last second. Requests counts what it reported in this load.
	CoveredMicros int64 `json:"covered_micros,omitempty"`
	Requests      int64 `json:"requests,omitempty"`
	// SilentSeconds is how long in all a Python worker's heartbeats, one a second, stayed away,
	// counted where one was more than a second late. Our own workers report their pauses
	// themselves.
	SilentSeconds float64 `json:"silent_seconds,omitempty"`
	// Classes is how many user classes the worker has; 0 if it has not said.
	Classes int `json:"classes,omitempty"`
	// Vitals are as its last heartbeat had them; nil for Python workers, and from earlier releases.
	Vitals *Vitals `json:"vitals,omitempty"`
}

// Vitals are what a worker's process has gone through since it began: sums that only grow.
type Vitals struct {
	// Waits counts how often a goroutine waited for a processor, LongWaits those of more than a
	// millisecond.
	Waits     int64 `json:"waits"`
	LongWaits int64 `json:"long_waits"`
	// GCMicros is for how long the garbage collector stopped everything, in stops of more than
	// five milliseconds.
	GCMicros int64 `json:"gc_us"`
	// Periods are those of the scheduler's bandwidth control, Throttled those in which the
	// worker's quota was used up; both are 0 without a quota.
	Periods   int64 `json:"periods"`
	Throttled int64 `json:"throttled"`
	// Lags counts how late the worker's looks at the clock came, a hundred a second, and those
	// that would have come meanwhile; none from earlier releases.
	Lags stats.Delays `json:"lags,omitempty"`
}

// Event is something that happened to the load, so that a driver can see what it missed between polls.
type Event struct {
	// Seq grows by one per event in the master's life.
	Seq        int64  `json:"seq"`
	TimeMicros int64  `json:"time_micros"`
	Type       string `json:"type"`
	Worker     string `json:"worker,omitempty"`
	Detail     string `json:"detail,omitempty"`
}

// The types of Event.
const (
	EventWorkerJoined = "worker_joined"
	EventWorkerLost   = "worker_lost"
	EventWorkerQuit   = "worker_quit"
	EventRedispatched = "redispatched"
	EventLeaseExpired = "lease_expired"
	// EventReportDropped says that something a worker measured is missing from all figures.
	EventReportDropped = "report_dropped"
)

// Slices are merged over the workers, per second and endpoint.
type Slices struct {
	// CompleteUntil is the first Unix second that some worker of the load has not
	// yet reported: all seconds before it are final.
	CompleteUntil int64 `json:"complete_until"`
	// Oldest is the first second still kept.
	Oldest int64   `json:"oldest"`
	Slices []Slice `json:"slices"`
	// Errors are the failures of the same span, grouped.
	Errors []SliceError `json:"errors"`
	// Pauses are the times in which a worker did not run, by second and worker.
	Pauses []Pause `json:"pauses"`
	// Flown are the seconds in which requests were under way, as the workers counted them apart
	// from the slices; those of earlier releases do not (StatusWorker.Vitals).
	Flown []Flown `json:"flown,omitempty"`
}

// Flown says for how long requests were under way in a second, in sum over them.
type Flown struct {
	Second int64 `json:"second"`
	Micros int64 `json:"us"`
}

// Slice is one endpoint's second. OK, Failed and InFlight are HdrHistogram V2
// compressed in base64 with the geometry of internal/stats; empty when nothing was recorded.
type Slice struct {
	Second int64  `json:"second"`
	Method string `json:"method"`
	Name   string `json:"name"`
	OK     string `json:"ok,omitempty"`
	Failed string `json:"failed,omitempty"`
	// InFlight has the ages of the requests that were under way when the second ended.
	InFlight string `json:"in_flight,omitempty"`
	Bytes    int64  `json:"bytes"`
	Overflow int64  `json:"overflow,omitempty"`
	// Retries counts requests that were sent again because a kept connection was stale.
	Retries int64 `json:"retries,omitempty"`
	// Redirected counts successes that a redirect led to, where the task does not say which
	// status is right.
	Redirected int64 `json:"redirected,omitempty"`
}

// SliceError counts one kind of failure in one second.
type SliceError struct {
	Second      int64  `json:"second"`
	Method      string `json:"method"`
	Name        string `json:"name"`
	Error       string `json:"error"`
	Occurrences int64  `json:"occurrences"`
	// Unsent says that a worker could not send these requests; they are in no slice.
	Unsent bool `json:"unsent,omitempty"`
}

// Pause says how long one worker did not run in a second.
type Pause struct {
	Second int64  `json:"second"`
	Worker string `json:"worker"`
	// StoodMicros is how long nothing ran. StealMicros is how much of the machine's time a
	// hypervisor took in the same span, GCMicros how long the garbage collector stopped
	// everything.
	StoodMicros int64 `json:"stood_us"`
	StealMicros int64 `json:"steal_us,omitempty"`
	GCMicros    int64 `json:"gc_us,omitempty"`
}

// The names under which our parts count together what they have no room to keep apart: the
// counts are right, but whose they are is lost.
const (
	OtherEndpoints = "(other endpoints)"
	OtherErrors    = "(other errors)"
)

// NotSent begins the text by which our worker tells a Python master of a request that it
// could not send.
const NotSent = "not sent: "
