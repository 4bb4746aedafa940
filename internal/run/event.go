package run

import (
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Event is one line of the progress stream. Which of the fields are set depends
// on Type; docs/events.md is the reference.
type Event struct {
	Type EventType `json:"type"`
	Time time.Time `json:"time"`

	// Key, Attempt and Phase say where the campaign is.
	Key     *matrix.Key `json:"key,omitempty"`
	Attempt int         `json:"attempt,omitempty"`
	Phase   Phase       `json:"phase,omitempty"`
	// Message is for people: what is waited for, what went wrong.
	Message string `json:"message,omitempty"`

	// Role is why the scenario is measured, at its start.
	Role string `json:"role,omitempty"`

	// Index counts the scenarios done so far, Total all of them; of a search, of which only
	// the past is certain, as many as it will probably take, and Searches is true.
	Index    int  `json:"index"`
	Total    int  `json:"total"`
	Searches bool `json:"searches,omitempty"`
	// ScenarioLeft and RunLeft are expected seconds.
	ScenarioLeft float64 `json:"scenario_left_s"`
	RunLeft      float64 `json:"run_left_s"`
	// ScenarioLength is the expected seconds of the whole attempt, RunLength of the
	// whole run: what a bar is drawn against.
	ScenarioLength float64 `json:"scenario_length_s"`
	RunLength      float64 `json:"run_length_s"`
	// UpTo says that all four are the most that it may be: windows end when the SLO is decided.
	UpTo bool `json:"up_to,omitempty"`

	// About says what the run loads, with what, and what it is judged by.
	About *About `json:"about,omitempty"`
	// Inherited says what had to be undone for a dead run before this one began, and
	// what of it was left because somebody else had changed it.
	Inherited []string `json:"inherited,omitempty"`

	Live *Live `json:"live,omitempty"`
	// Failure is the first of its kind in the run, with how many there were when it was seen.
	Failure *result.ErrorCount `json:"failure,omitempty"`

	Record *result.Record `json:"record,omitempty"`
	Run    *Summary       `json:"run,omitempty"`
}

// EventType says what an Event is about.
type EventType string

// The event types, in the order in which they come.
const (
	RunStarted      EventType = "run_started"
	AttemptStarted  EventType = "attempt_started"
	PhaseStarted    EventType = "phase_started"
	Waiting         EventType = "waiting"
	Sample          EventType = "sample"
	FirstFailure    EventType = "first_failure"
	AttemptFinished EventType = "attempt_finished"
	RunFinished     EventType = "run_finished"
)

// About is what a run is about: what a person wants to see before it loads anything.
type About struct {
	// Target is what is loaded, Address where the users send, Load what, for people.
	Target  string `json:"target"`
	Address string `json:"address"`
	Load    string `json:"load"`
	Engine  string `json:"engine"`
	// SLO and Gate are what the run is judged by now.
	SLO  []v1alpha1.Objective `json:"slo,omitempty"`
	Gate v1alpha1.Gate        `json:"gate"`
	// Answer is what is asked; empty for the grid.
	Answer v1alpha1.Answer `json:"answer,omitempty"`
}

// Live is what the load looks like right now.
type Live struct {
	Users   int `json:"users"`
	Workers int `json:"workers"`
	Recent
	// Requests and Failures are those of the window so far; before it, of the load.
	Requests int64 `json:"requests"`
	Failures int64 `json:"failures"`
}

// Recent is the load over its last seconds, all figures over the same.
type Recent struct {
	// Seconds is how many: recentSeconds, or as many as the window has had; 0 if unknown.
	Seconds int     `json:"recent_s"`
	RPS     float64 `json:"rps"`
	// P50 and P95 are in milliseconds, FailureRatio is 0 to 1; nil without a request.
	P50          *float64 `json:"p50_ms"`
	P95          *float64 `json:"p95_ms"`
	FailureRatio *float64 `json:"failure_ratio"`
}

// recentSeconds is how many seconds Locust, too, calls current.
const recentSeconds = 10

// Summary closes the stream.
type Summary struct {
	ID          string `json:"id"`
	Interrupted bool   `json:"interrupted"`
	// Ended is why the run ended before everything was measured; empty if it did not.
	Ended string `json:"ended,omitempty"`
	// Statuses counts the scenarios by their final status.
	Statuses map[result.Status]int `json:"statuses"`
	// Gate is as in summary.json.
	Gate *analysis.GateResult `json:"gate,omitempty"`
	// ExitCode is the one that the run asks for; nil if it was interrupted or could not go on,
	// which the program's last words are about.
	ExitCode *int `json:"exit_code"`
	// OverheadMedian is the median seconds per attempt not spent in ramp, settling,
	// measuring and cool-down.
	OverheadMedian float64 `json:"overhead_median_s"`
	// ReadyToSwarmMedian is the median seconds from the last replica's becoming ready
	// to the start of the load; 0 when the platform does not tell.
	ReadyToSwarmMedian float64 `json:"ready_to_swarm_median_s,omitempty"`
	// Left names what was not restored, because somebody else had changed it meanwhile.
	Left []string `json:"left,omitempty"`
	// Elapsed is the seconds that this process worked on the run.
	Elapsed float64 `json:"elapsed_s"`
}

// Phase is a part of an attempt.
type Phase string

// The phases in their order. PhaseCooldown comes between attempts.
const (
	PhaseScale    Phase = "scale"
	PhaseWorkers  Phase = "workers"
	PhaseSwarm    Phase = "swarm"
	PhaseRamp     Phase = "ramp"
	PhaseSettle   Phase = "settle"
	PhaseMeasure  Phase = "measure"
	PhaseCollect  Phase = "collect"
	PhaseStop     Phase = "stop"
	PhaseCooldown Phase = "cooldown"
)
