// Package page draws a run as one page: report.html, and what `swarmgrid view` serves. It turns
// a report.Model into a Document, which has every number, sentence and place that the page
// shows, and puts that beside the front end of web/, which only draws. docs/page.schema.json
// describes the Document.
package page

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Version is the version of the Document's shape. It grows when a reader of the old shape
// would misread it.
const Version = 1

// Document is a run as the page shows it. Arrays are never null. Indexes count from 0: of rows
// into Rows, of metrics into Metrics.
type Document struct {
	Version int      `json:"version"`
	Run     Run      `json:"run"`
	Answer  Answer   `json:"answer"`
	Metrics []Metric `json:"metrics"`
	// Rows are the measured scenarios and rounds, in matrix order, those that failed to be
	// measured too, and last those of a search that only check others.
	Rows []Row `json:"rows"`
	// Maps are replicas × users. The first is what the answer rests on, with the deciding
	// worker count and all rounds; the others, where there are several worker counts or
	// rounds, have one of each.
	Maps   []Map  `json:"maps"`
	Curves Curves `json:"curves"`
	// Details has one for each of Rows.
	Details []Detail `json:"details"`
	// Sections are what else the reports say, as text and tables: recommendations, what limits,
	// models, the autoscaler, cost.
	Sections []Section `json:"sections"`
	Doubts   Doubts    `json:"doubts"`
	// Method are facts about the run: versions, machine, engine, window.
	Method []Fact `json:"method"`
	// Experiment is the file that was run, as text; null where it is not beside the journal.
	Experiment *string `json:"experiment"`
	// Left says what was left out to keep the page small; empty for nothing.
	Left string `json:"left"`
}

// Run is what the page is about.
type Run struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Target   string     `json:"target"`
	Load     string     `json:"load"`
	Engine   string     `json:"engine"`
	Created  time.Time  `json:"created"`
	Finished *time.Time `json:"finished"`
	// When is both for people, in UTC: "2 Jan 2026, 01:04 to 01:39 UTC".
	When string `json:"when"`
	// Unfinished says how far a run has come that is under way, or was interrupted; empty for
	// one at its end.
	Unfinished string `json:"unfinished"`
	// SLO is for people; empty without one.
	SLO string `json:"slo"`
}

// Answer is what a person who reads nothing else must know.
type Answer struct {
	// Title is the shortest form, for the window's title: "inference: 200 users need 2 replicas".
	Title string `json:"title"`
	Lines []Line `json:"lines"`
	Gate  Gate   `json:"gate"`
	// Spent says how long the target was loaded, and what a search saved.
	Spent string `json:"spent"`
	// Search says what a search inferred and checked, and why a run ended early.
	Search []string `json:"search"`
	Load   Load     `json:"load"`
}

// Line is one answer.
type Line struct {
	// Text is the answer: "400 users need 6 replicas". Why says what shows it.
	Text string `json:"text"`
	Why  string `json:"why"`
	// Doubt says why it may be wrong; empty if nothing speaks against it.
	Doubt string `json:"doubt"`
	// State is "answered", "doubtful", "open" (too close or not known) or "none" (none passes).
	State string `json:"state"`
	// BackedBy are the rows that show it.
	BackedBy []int `json:"backed_by"`
}

// Gate is whether the run holds.
type Gate struct {
	// State is "met", "missed", "borderline" or "off".
	State string `json:"state"`
	Text  string `json:"text"`
}

// Load answers "what load do you expect?" between the fewest and the most users of the run;
// there are no Steps without an SLO. Where there is no choice of replicas they say whether so
// many users pass.
type Load struct {
	Min   int    `json:"min"`
	Max   int    `json:"max"`
	Steps []Step `json:"steps"`
	// Below and Beyond say why there is no answer outside of that.
	Below  string `json:"below"`
	Beyond string `json:"beyond"`
}

// Step is the answer for more than From and up to To users.
type Step struct {
	From int `json:"from"`
	To   int `json:"to"`
	// Replicas is null when no count is known to pass.
	Replicas *int   `json:"replicas"`
	Text     string `json:"text"`
	// Inferred says that its cell was not measured itself.
	Inferred bool `json:"inferred"`
	Doubtful bool `json:"doubtful"`
	// Row shows it; null where none was measured.
	Row *int `json:"row"`
}

// Metric is something that every row has a value of.
type Metric struct {
	ID string `json:"id"`
	// Name is for people: "p95 of POST order", Unit "ms", "%", "/s", "" or a currency.
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Bound is null without an objective; then BoundText is empty.
	Bound     *float64 `json:"bound"`
	BoundText string   `json:"bound_text"`
	// Less says that less is better.
	Less bool `json:"less"`
}

// Row is one scenario and round.
type Row struct {
	matrix.Key
	// Name is how a person calls it: "2 replicas, 4 workers, 200 users".
	Name string `json:"name"`
	Role string `json:"role"`
	// State is one of the States; Status says it for people: "FAIL", "INVALID: worker lost".
	State  State  `json:"state"`
	Status string `json:"status"`
	// Values has one for each of Metrics; null where it is not known.
	Values []*Value `json:"values"`
	// Why are the sentences of its objectives.
	Why []string `json:"why"`
	// Notes are those of Doubts.Notes that it has, from 1.
	Notes []int `json:"notes"`
}

// State is what is known of a row or of a cell of a map.
type State string

// The states.
const (
	Pass       State = "pass"
	Fail       State = "fail"
	Borderline State = "borderline"
	// NoData: measured, but not to be judged by the SLO, as without requests.
	NoData  State = "no_data"
	Invalid State = "invalid"
	Error   State = "error"
	Skipped State = "skipped"
	// Measured: valid, and there is no SLO.
	Measured State = "measured"
	// Of a search: what follows from other cells.
	InferredPass       State = "inferred_pass"
	InferredFail       State = "inferred_fail"
	InferredBorderline State = "inferred_borderline"
	// Open: not measured, and nothing follows.
	Open State = "open"
	// Absent: the matrix has no such cell.
	Absent State = "absent"
)

// Value is a number with its interval.
type Value struct {
	// V is the number. A latency that falls among requests that failed or did not end is at least
	// this, and Text says so: "> 250".
	V float64 `json:"v"`
	// Low and High are null where the interval, or that end of it, is not known.
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
	// Text is the number for people, without its unit: "1.2 s" is the exception.
	Text string `json:"text"`
	// Heat is where it lies on the metric's scale of colours, -1 to 1: with a bound, 0 is the
	// bound and 1 far on the wrong side; without one, -1 and 1 are the ends of what occurs. It is
	// null where there is no such scale.
	Heat *float64 `json:"heat"`
}

// Map is replicas × users for one worker count and round.
type Map struct {
	// Title is for people, empty if there is only one map.
	Title    string `json:"title"`
	Replicas []int  `json:"replicas"`
	Users    []int  `json:"users"`
	// Cells are in the order of Replicas, and within of Users: cell (r, u) is at r×len(Users)+u.
	Cells []Cell `json:"cells"`
	// Frontier is where PASS ends: the edges between a cell that passes and a neighbour that does
	// not, measured or inferred, each from one corner of the grid to another.
	Frontier []Edge `json:"frontier"`
}

// Cell is one place of a map.
type Cell struct {
	State State `json:"state"`
	// Row is what it shows; null for one that was not measured.
	Row *int `json:"row"`
	// Text says for people what is known: "FAIL", "inferred PASS from 2 replicas, 400 users".
	Text string `json:"text"`
}

// Edge is a line between two corners; a corner (x, y) lies left of column x and above row y.
type Edge struct {
	X1 int `json:"x1"`
	Y1 int `json:"y1"`
	X2 int `json:"x2"`
	Y2 int `json:"y2"`
}

// Curves are throughput and latency against users.
type Curves struct {
	// Throughput and Latencies are the metrics that are drawn.
	Throughput int         `json:"throughput"`
	Latencies  []int       `json:"latencies"`
	Lines      []CurveLine `json:"lines"`
	// Models says where the models' curves are from, or why there are none.
	Models string `json:"models"`
	// Sizes are what is known of each replica count.
	Sizes []Size `json:"sizes"`
}

// CurveLine is one replica count.
type CurveLine struct {
	Replicas int `json:"replicas"`
	// Rows are its valid rows by users, with the deciding worker count.
	Rows []int `json:"rows"`
	// Knee is null where none was found.
	Knee *Knee `json:"knee"`
	// Model is null where no model may be believed.
	Model *ModelCurve `json:"model"`
}

// Knee is where more users begin to wait instead of being served.
type Knee struct {
	Users int    `json:"users"`
	Text  string `json:"text"`
}

// ModelCurve is what a model expects. The three have the same length.
type ModelCurve struct {
	Users []float64 `json:"users"`
	RPS   []float64 `json:"rps"`
	// Latency is of the metric LatencyOf; empty if the model has none.
	Latency   []float64 `json:"latency"`
	LatencyOf *int      `json:"latency_of"`
}

// Size is what is known of a replica count.
type Size struct {
	Replicas int `json:"replicas"`
	// Efficiency is its capacity over that of as many of the fewest replicas, 1 for linear; null
	// where it is not known.
	Efficiency *float64 `json:"efficiency"`
	// Texts are for people, in the order of Columns of the table: capacity, efficiency, gain,
	// CPU per request, what limits.
	Capacity string `json:"capacity"`
	Text     string `json:"efficiency_text"`
	Gain     string `json:"gain"`
	CPU      string `json:"cpu"`
	Limits   string `json:"limits"`
}

// Detail is what is known of one row.
type Detail struct {
	// Attempts are in the order made; the last one that is terminal is the row's.
	Attempts []Attempt `json:"attempts"`
	// Distribution is of all requests of the window; null where it was not kept.
	Distribution *Distribution `json:"distribution"`
	Endpoints    []Endpoint    `json:"endpoints"`
	Errors       []Failure     `json:"errors"`
	// Shares is how the load was shared out over replicas, and SharesText who counted it. Where
	// that is not known there are none, and SharesText says why.
	Shares     []Share `json:"shares"`
	SharesText string  `json:"shares_text"`
	// Facts are the rest: requests, unsent, own delay, CPU, throttling, scale-up times, steadiness.
	Facts []Fact `json:"facts"`
}

// Attempt is one measurement of a row.
type Attempt struct {
	Number   int        `json:"attempt"`
	Counts   bool       `json:"counts"`
	Status   string     `json:"status"`
	Reasons  []Reason   `json:"reasons"`
	Started  *time.Time `json:"started"`
	Finished *time.Time `json:"finished"`
	// Series is null where it was not kept; then SeriesText says why. Else SeriesText is what to
	// know about it, mostly nothing.
	Series     *Series `json:"series"`
	SeriesText string  `json:"series_text"`
}

// Reason is why an attempt is INVALID or in doubt.
type Reason struct {
	Text string `json:"text"`
	// ID is the check's, as V10, empty for none; Remedy what to do, empty for nothing.
	ID      string `json:"id"`
	Remedy  string `json:"remedy"`
	Invalid bool   `json:"invalid"`
}

// Series is an attempt second by second. Where it has been down-sampled each bucket of seconds
// has two points, its smallest and its largest value in the order in which they were seen, so
// that no spike is lost.
type Series struct {
	// T are seconds from the start of the load, the same for all columns.
	T []float64 `json:"t"`
	// Bucket is how many seconds a bucket has; 0 if every step is there.
	Bucket int `json:"bucket_s"`
	// Columns are only those that are known.
	Columns []Column `json:"columns"`
	Phases  []Phase  `json:"phases"`
	Events  []Event  `json:"events"`
}

// Column is one line of a chart.
type Column struct {
	// ID is "rps", "failed", "p50", "p95", "p99", "users", "workers", "replicas", "load_cpu",
	// "target_cpu", "lag" or "stood_still".
	ID   string `json:"id"`
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Values has null for what is not known.
	Values result.Column `json:"values"`
	// Bound is the SLO's on this metric; null without.
	Bound *float64 `json:"bound"`
}

// Phase is a part of an attempt: "ramp", "settle", "warm-up" (measured, and left out), "window".
type Phase struct {
	Name string  `json:"name"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// Event is something that happened to the load or the target.
type Event struct {
	At   float64 `json:"at"`
	Text string  `json:"text"`
}

// Distribution is latency by percentile: the two have the same length.
type Distribution struct {
	// Percentiles are 0 to below 100, ascending, denser towards 100.
	Percentiles []float64 `json:"percentiles"`
	Millis      []float64 `json:"ms"`
}

// Endpoint is one task. Texts are for people; "–" stands for what is not known.
type Endpoint struct {
	Name     string `json:"name"`
	Requests int64  `json:"requests"`
	Failures int64  `json:"failures"`
	Failed   string `json:"failed"`
	P50      string `json:"p50"`
	P95      string `json:"p95"`
	P99      string `json:"p99"`
	UnderWay string `json:"under_way"`
}

// Failure is one kind of error.
type Failure struct {
	Task  string `json:"task"`
	Text  string `json:"text"`
	Count int64  `json:"count"`
	// First and Last are for people, in seconds from the start of the load, as in
	// Series.T, or of the window where no series was kept; "–" for unknown.
	First  string `json:"first"`
	Last   string `json:"last"`
	Unsent bool   `json:"unsent"`
}

// Share is one replica's part of the load.
type Share struct {
	Replica string  `json:"replica"`
	Share   float64 `json:"share"`
	Text    string  `json:"text"`
}

// Section is a part of the reports: paragraphs, then a table if it has a header.
type Section struct {
	ID     string     `json:"id"`
	Title  string     `json:"title"`
	Texts  []string   `json:"texts"`
	Header []string   `json:"header"`
	Table  [][]string `json:"table"`
}

// Doubts are as in auto_summary.md.
type Doubts struct {
	// Notes are numbered from 1.
	Notes []Note `json:"notes"`
	// General are those of every row, of what was loaded and of the run as a whole.
	General  []string `json:"general"`
	Remedies []Fact   `json:"remedies"`
}

// Note is a doubt of some rows.
type Note struct {
	Text string `json:"text"`
	Rows []int  `json:"rows"`
}

// Fact is a name and what it is.
type Fact struct {
	Name string `json:"name"`
	Text string `json:"text"`
}
