package report

import (
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

// SummaryVersion is the version of summary.json's shape. It grows when a reader of the old
// shape would misread it, not when fields are added.
const SummaryVersion = 1

type summary struct {
	summaryHead
	Rows []summaryRow `json:"rows"`
	summaryTail
}

// summaryHead is what comes before the rows.
type summaryHead struct {
	Version int        `json:"version"`
	Run     summaryRun `json:"run"`
}

// summaryTail is what comes after them.
type summaryTail struct {
	Rounds   []summarySpread     `json:"rounds"`
	Findings summaryFindings     `json:"findings"`
	Demand   []summaryDemand     `json:"demand"`
	Capacity []summaryCapacity   `json:"capacity"`
	Sizing   []summarySize       `json:"sizing"`
	Spares   []summarySpare      `json:"one_replica_lost"`
	Models   summaryModels       `json:"models"`
	Gate     analysis.GateResult `json:"gate"`
	Search   *summarySearch      `json:"search"`
	Ended    *summaryEnd         `json:"ended"`
	// Autoscaler is null for a run that scaled no object of a cluster, Pricing where nobody
	// said what a replica costs.
	Autoscaler *summaryAutoscaler `json:"autoscaler"`
	Pricing    *summaryPricing    `json:"pricing"`
	Percentile []v1alpha1.Metric  `json:"percentiles"`
	Caveats    []string           `json:"caveats"`
}

type summaryRun struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Program  string             `json:"program_version"`
	Created  time.Time          `json:"created"`
	Target   string             `json:"target"`
	Address  string             `json:"address"`
	Load     string             `json:"load"`
	Engine   string             `json:"engine"`
	Duration float64            `json:"planned_duration_s"`
	Auto     bool               `json:"duration_auto"`
	SLO      []summaryObjective `json:"slo"`
	SLOFrom  Origin             `json:"slo_from"`
	// OwnSLO is what the run is judged by when the report is not given another.
	OwnSLO  []summaryObjective `json:"own_slo"`
	OwnGate v1alpha1.Gate      `json:"own_gate"`
}

type summaryObjective struct {
	Metric v1alpha1.Metric `json:"metric"`
	// Endpoint is null for all requests.
	Endpoint *string `json:"endpoint"`
	// Below is in milliseconds, or a ratio for failures; Above in requests a second. One
	// of the two is null.
	Below *float64 `json:"below"`
	Above *float64 `json:"above"`
	Text  string   `json:"text"`
}

// summaryRow is a row: its record as the journal has it, its attempts, and what was concluded.
type summaryRow struct {
	matrix.Key
	WorkersFound int               `json:"workers_found"`
	Role         string            `json:"role"`
	Status       result.Status     `json:"status"`
	Reasons      []string          `json:"reasons"`
	Warnings     []string          `json:"warnings"`
	Doubts       []string          `json:"doubts"`
	Findings     []summaryFinding  `json:"findings"`
	Engine       string            `json:"engine"`
	Started      *time.Time        `json:"started"`
	Finished     *time.Time        `json:"finished"`
	Phases       result.Phases     `json:"phases"`
	Overhead     float64           `json:"overhead_s"`
	ScaleUp      *result.ScaleUp   `json:"scale_up"`
	Nodes        *result.Nodes     `json:"nodes"`
	Measured     *summaryMeasured  `json:"measured"`
	Observed     summaryObserved   `json:"observed"`
	Slices       string            `json:"slices,omitempty"`
	Attempts     []summaryAttempt  `json:"attempts"`
	Verdict      *analysis.Verdict `json:"verdict"`
	// Inferred is what follows for a row that a search did not measure; null for all others.
	Inferred   *summaryInferred `json:"inferred"`
	Objectives []summaryOutcome `json:"objectives"`
}

// summaryObserved is as in the journal, but with null for what the journal leaves out.
type summaryObserved struct {
	result.Observed
	Lag    *result.Lag    `json:"lag"`
	Shares *result.Shares `json:"target_shares"`
}

type summaryMeasured struct {
	Start        time.Time           `json:"start"`
	Duration     float64             `json:"duration_s"`
	Requests     int64               `json:"requests"`
	Failures     int64               `json:"failures"`
	FailureRatio float64             `json:"failure_ratio"`
	Unsent       int64               `json:"unsent"`
	Retries      int64               `json:"retries"`
	Flight       *result.Flight      `json:"flight"`
	RPS          float64             `json:"rps"`
	Latency      *result.Latency     `json:"latency"`
	Success      *result.Latency     `json:"success_latency"`
	Endpoints    []summaryEndpoint   `json:"endpoints"`
	Errors       []result.ErrorCount `json:"errors"`
	Exact        bool                `json:"exact"`
	EdgeError    float64             `json:"edge_error"`
	// Stopped is null for a window of fixed duration.
	Stopped *result.Stopped `json:"stopped"`
	// Intervals is null where they are not known.
	Intervals *summaryIntervals `json:"intervals"`
	// Steadiness is null where the course of the window is not known.
	Steadiness *summarySteadiness `json:"steadiness"`
}

// summarySteadiness has what changes relative to its median.
type summarySteadiness struct {
	Class  steady.Class `json:"class"`
	P50    float64      `json:"p50_change"`
	RPS    float64      `json:"rps_change"`
	WarmUp int          `json:"warm_up_s"`
}

type summaryEndpoint struct {
	result.EndpointResult
	Intervals *summaryIntervals `json:"intervals"`
}

type summaryIntervals struct {
	P50 summaryInterval `json:"p50_ms"`
	P95 summaryInterval `json:"p95_ms"`
	P99 summaryInterval `json:"p99_ms"`
	RPS summaryInterval `json:"rps"`
}

// summaryInterval has null for an end that the window was too short to establish.
type summaryInterval struct {
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

type summaryAttempt struct {
	Attempt  int              `json:"attempt"`
	Terminal bool             `json:"terminal"`
	Status   result.Status    `json:"status"`
	Reasons  []string         `json:"reasons"`
	Findings []summaryFinding `json:"findings"`
	Started  *time.Time       `json:"started"`
	Finished *time.Time       `json:"finished"`
}

// summaryFinding is what a check of the attempt found, and what to do about it.
type summaryFinding struct {
	result.Finding
	Remedy string `json:"remedy"`
}

type summaryOutcome struct {
	Metric   v1alpha1.Metric `json:"metric"`
	Endpoint *string         `json:"endpoint"`
	// Value is null when the latency falls among the failures, and when it was not kept.
	Value *float64 `json:"value"`
	Below *float64 `json:"below"`
	Above *float64 `json:"above"`
	Pass  bool     `json:"pass"`
	// Borderline says that it is too close to call; Interval is null where it is not known, and
	// Settle, in seconds, where no window would probably tell.
	Borderline bool             `json:"borderline"`
	Interval   *summaryInterval `json:"interval"`
	Settle     *float64         `json:"settle_s"`
	// Slow counts the requests under way at the end that count as slow.
	Slow      int64    `json:"slow_in_flight"`
	Undecided bool     `json:"undecided"`
	Text      string   `json:"text"`
	Doubts    []string `json:"doubts"`
}

type summaryFindings struct {
	Throughput    *summaryBest `json:"best_throughput"`
	Latency       *summaryBest `json:"best_latency"`
	AverageRPS    *float64     `json:"average_rps"`
	AverageMedian *float64     `json:"average_median_ms"`
	Succeeded     int          `json:"succeeded"`
	Ranked        int          `json:"ranked"`
	Outages       int          `json:"outages"`
	Scenarios     int          `json:"scenarios"`
}

type summaryBest struct {
	matrix.Key
	RPS    float64      `json:"rps"`
	Median float64      `json:"p50_ms"`
	Ties   []matrix.Key `json:"ties"`
	Doubts []string     `json:"doubts"`
}

type summaryDemand struct {
	Users int `json:"users"`
	// Replicas is null when none passes.
	Replicas *int     `json:"replicas"`
	Workers  *int     `json:"workers"`
	Failed   []int    `json:"failed"`
	Close    []int    `json:"borderline"`
	NoData   []int    `json:"no_data"`
	Doubts   []string `json:"doubts"`
	// Inefficient are the replica counts that pass with too low an efficiency; absent where
	// there are none.
	Inefficient []int `json:"inefficient,omitempty"`
	// Low and High are the fewest and the most replicas that the answer can be; High is null
	// when none passes.
	Low  int  `json:"low"`
	High *int `json:"high"`
	// Confidence is established, estimated or in doubt.
	Confidence analysis.Confidence `json:"confidence"`
	BackedBy   []summarySide       `json:"backed_by"`
}

// summaryInferred is a verdict that follows from another scenario's.
type summaryInferred struct {
	Verdict analysis.Verdict `json:"verdict"`
	By      matrix.Scenario  `json:"by"`
}

// summarySide is what shows one side of an answer.
type summarySide struct {
	matrix.Scenario
	Verdict analysis.Verdict `json:"verdict"`
	// Inferred says that By, another scenario, was measured.
	Inferred bool            `json:"inferred"`
	By       matrix.Scenario `json:"by"`
	Text     string          `json:"text"`
}

// summarySearch is what a search did.
type summarySearch struct {
	Answer      v1alpha1.Answer          `json:"answer"`
	Inferred    map[analysis.Verdict]int `json:"inferred"`
	Loaded      float64                  `json:"load_s"`
	Grid        float64                  `json:"grid_load_s"`
	NotMonotone []string                 `json:"not_monotone"`
	Checks      []summaryCheck           `json:"checks"`
}

// summaryEnd is why a run ended before everything was measured.
type summaryEnd struct {
	Why     string     `json:"why"`
	Open    int        `json:"open"`
	Next    matrix.Key `json:"next"`
	Seconds float64    `json:"next_s"`
}

type summaryCheck struct {
	matrix.Key
	Role     string            `json:"role"`
	Status   result.Status     `json:"status"`
	Reasons  []string          `json:"reasons"`
	Verdict  *analysis.Verdict `json:"verdict"`
	RPS      *float64          `json:"rps"`
	Latency  *result.Latency   `json:"latency"`
	Agrees   bool              `json:"agrees"`
	Sentence string            `json:"sentence"`
}

type summaryCapacity struct {
	Replicas int      `json:"replicas"`
	Users    *int     `json:"users"`
	Failed   []int    `json:"failed"`
	Close    []int    `json:"borderline"`
	NoData   []int    `json:"no_data"`
	Doubts   []string `json:"doubts"`
	// Low is the most users that are known to pass, null for none; High the most that the
	// answer can be, null when nothing shows that more do not pass.
	Low        *int                `json:"low"`
	High       *int                `json:"high"`
	Confidence analysis.Confidence `json:"confidence"`
	BackedBy   []summarySide       `json:"backed_by"`
}

// finite is nil for what JSON cannot hold.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

// Array is never null in JSON: a reader may loop over it without checking.
func Array[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// positive is nil for 0, which stands for "none".
func positive(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// Moment is in UTC, nil for never and for what JSON has no text for.
func Moment(t time.Time) *time.Time {
	t = t.UTC()
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return nil
	}
	return &t
}
