package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// LoadMatrix is one experiment: a target, a load, the matrix of scenarios to
// measure, and what counts as good enough.
type LoadMatrix struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec LoadMatrixSpec `json:"spec"`
}

// LoadMatrixSpec is the body of a LoadMatrix. Everything but the target has a default.
type LoadMatrixSpec struct {
	Target  Target      `json:"target"`
	Load    Load        `json:"load,omitempty"`
	Matrix  Matrix      `json:"matrix,omitempty"`
	Measure Measure     `json:"measure,omitempty"`
	SLO     []Objective `json:"slo,omitempty"`
	// Gate says when a missed SLO ends in exit code 3: answer, all or off.
	Gate Gate `json:"gate,omitempty"`
	// Answer is what is asked, and so which scenarios are measured: grid, demand or capacity.
	Answer Answer `json:"answer,omitempty"`
	// Budget is how long the run may load the target in all: ramps, settling and windows. 0 is
	// as long as it takes.
	Budget metav1.Duration `json:"budget,omitzero"`
	// MaxTime is how long the run may take; 0 is as long as it takes. No scenario begins that
	// would probably end later.
	MaxTime metav1.Duration `json:"maxTime,omitzero"`
	// Pricing is what the target's replicas cost; without it reports say nothing of costs.
	Pricing *Pricing `json:"pricing,omitempty"`
	// Cluster says how the load and its driver run in a cluster.
	Cluster Cluster `json:"cluster,omitempty"`
	// Schedule makes submit a CronJob instead of a Job.
	Schedule *Schedule `json:"schedule,omitempty"`
}

// Target is the workload under test. At most one of ScaleTargetRef and Process
// is set; with neither, URL alone names a service that cannot be scaled.
type Target struct {
	// URL is where the users send their requests. With Process it may be left
	// out: the address of the load balancer in front of the processes is used.
	URL string `json:"url,omitempty"`
	// ScaleTargetRef names an object with a scale subresource in the cluster.
	ScaleTargetRef *ScaleTargetRef `json:"scaleTargetRef,omitempty"`
	// Process is a command on this machine; each replica is one process of it.
	Process *Process `json:"process,omitempty"`
	// Balance is how the local balancer picks a replica for a new connection.
	Balance Balance `json:"balance,omitempty"`
	// Ready says when a replica may receive load.
	Ready Ready `json:"ready,omitempty"`
	// Autoscaler says what to do when an autoscaler already owns the target.
	Autoscaler AutoscalerPolicy `json:"autoscaler,omitempty"`
	// Service is the Service in front of the target, whose endpoints must follow
	// the replicas; default: the one that url names.
	Service string `json:"service,omitempty"`
	// Metrics is where the pods of a ScaleTargetRef count their requests.
	Metrics *TargetMetrics `json:"metrics,omitempty"`
}

// TargetMetrics tells how much of the load each replica was given: every pod exposes metrics
// in Prometheus's text format, and one of them counts requests.
type TargetMetrics struct {
	// Path and Port are the pod's; default /metrics and the port of url.
	Path string `json:"path,omitempty"`
	Port int    `json:"port,omitempty"`
	// Requests is the counter, with labels to leave probes out:
	// http_requests_total{path!="/healthz"}.
	Requests string `json:"requests"`
}

// ScaleTargetRef points to the object to scale, as in a HorizontalPodAutoscaler.
type ScaleTargetRef struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Name       string `json:"name"`
}

// Process is a command run once per replica. "{{port}}" in an argument or an
// environment value is replaced by the port that the replica must listen on.
type Process struct {
	// Command is a program and its arguments. A program with a slash in its name is
	// relative to the experiment file, another is looked up on the PATH.
	Command []string          `json:"command"`
	Env     map[string]string `json:"env,omitempty"`
	// Dir is where the processes run, relative to the experiment file; default: its folder.
	Dir string `json:"dir,omitempty"`
}

// Ready is an HTTP readiness probe: a 2xx or 3xx answer to GET Path.
type Ready struct {
	Path    string          `json:"path,omitempty"`
	Timeout metav1.Duration `json:"timeout,omitzero"`
}

// Load says what generates the requests.
type Load struct {
	// Engine is swarm (Go workers, a swarmfile) or locust (Python, a locustfile).
	Engine Engine `json:"engine,omitempty"`
	// File is a swarmfile or locustfile, relative to the experiment file.
	File string `json:"file,omitempty"`
	// Files are files and folders that the locustfile opens or imports, relative to the
	// experiment file. In a cluster they are mounted where they are here as seen from the
	// locustfile. The modules beside it that it imports need not be named. Of a folder,
	// hidden and compiled files stay.
	Files []string `json:"files,omitempty"`
	// Builtin names a load that the program brings with it, instead of File. A target
	// known only by its URL needs one of the two; any other gets BuiltinForecasting.
	Builtin Builtin `json:"builtin,omitempty"`
	// MasterURL is the web address of a master that already runs.
	MasterURL string `json:"masterURL,omitempty"`
	// SpawnRate is in users per second; 0 means min(max(users/10, 1), 50).
	SpawnRate float64 `json:"spawnRate,omitempty"`
}

// Matrix spans the scenarios: replicas × workers × users, plus Include, minus Exclude.
type Matrix struct {
	Replicas []int      `json:"replicas,omitempty"`
	Workers  []int      `json:"workers,omitempty"`
	Users    Users      `json:"users,omitzero"`
	Include  []Scenario `json:"include,omitempty"`
	Exclude  []Scenario `json:"exclude,omitempty"`
	// Repeats is how often each scenario is measured, in rounds.
	Repeats int `json:"repeats,omitempty"`
	// Order is listed (replicas slowest, users fastest) or random within each round.
	Order Order `json:"order,omitempty"`
	// Seed makes a random order repeatable.
	Seed int64 `json:"seed,omitempty"`
}

// Scenario is one cell of the matrix.
type Scenario struct {
	Replicas int `json:"replicas"`
	Workers  int `json:"workers"`
	Users    int `json:"users"`
}

// Measure says how long and how often. Durations are whole seconds.
type Measure struct {
	// Duration is the measured window; ramp and settling come before it.
	Duration Window `json:"duration,omitzero"`
	// Max is the longest that a window may be whose duration is auto.
	Max *metav1.Duration `json:"max,omitempty"`
	// Cooldown is the pause after each scenario but the last.
	Cooldown *metav1.Duration `json:"cooldown,omitempty"`
	// Settle is the wait between the last spawned user and the window.
	Settle *metav1.Duration `json:"settle,omitempty"`
	// Attempts is how often a scenario may be tried until it is VALID.
	Attempts int `json:"attempts,omitempty"`
}

// Objective is one line of the SLO: a metric, and the bound that it must stay below or above.
type Objective struct {
	Metric Metric `json:"metric"`
	// Endpoint narrows it to one task, as "POST order"; empty means all requests.
	Endpoint string `json:"endpoint,omitempty"`
	// Below is for metrics that should be small: a duration ("800ms") for latencies, a
	// percentage ("1%") for failures. Above is for the rate, in requests a second ("100"), and
	// for the efficiency, a percentage ("85%"). Each metric takes one of the two.
	Below Bound `json:"below,omitempty"`
	Above Bound `json:"above,omitempty"`
}

// Pricing is the price of the target's replicas.
type Pricing struct {
	// PodHour is what one replica costs in an hour, with its share of the node.
	PodHour float64 `json:"podHour"`
	// Currency is its code: EUR.
	Currency string `json:"currency"`
}

// Bound is a number with its unit as it was written; in a file a bare number needs no quotes.
type Bound string

// Engine is the load generator.
type Engine string

// The engines.
const (
	EngineSwarm  Engine = "swarm"
	EngineLocust Engine = "locust"
)

// Builtin is a load that needs no file.
type Builtin string

// BuiltinForecasting is the original mix for the forecasting service, for both engines.
const BuiltinForecasting Builtin = "forecasting"

// Balance is a policy of the local load balancer.
type Balance string

// The balancing policies; both choose per connection.
const (
	BalanceRoundRobin Balance = "roundRobin"
	BalanceRandom     Balance = "random"
)

// AutoscalerPolicy is what to do about an autoscaler on the target.
type AutoscalerPolicy string

// The autoscaler policies.
const (
	AutoscalerRefuse AutoscalerPolicy = "refuse"
	AutoscalerPause  AutoscalerPolicy = "pause"
)

// Answer is what a run is asked.
type Answer string

// The answers. The last two need an SLO, and measure only what they need of the matrix.
const (
	// AnswerGrid measures every scenario.
	AnswerGrid Answer = "grid"
	// AnswerDemand finds the fewest replicas that pass, for each user count.
	AnswerDemand Answer = "demand"
	// AnswerCapacity finds the most users that pass, for each replica count.
	AnswerCapacity Answer = "capacity"
)

// Order is the order in which scenarios are measured.
type Order string

// The orders.
const (
	OrderListed Order = "listed"
	OrderRandom Order = "random"
)

// Metric is what an Objective bounds.
type Metric string

// The metrics of an Objective.
const (
	MetricP50      Metric = "p50"
	MetricP90      Metric = "p90"
	MetricP95      Metric = "p95"
	MetricP99      Metric = "p99"
	MetricP999     Metric = "p99.9"
	MetricMean     Metric = "mean"
	MetricFailures Metric = "failures"
	// MetricRPS counts only requests that succeeded.
	MetricRPS Metric = "rps"
	// MetricEfficiency is of a replica count, not of a scenario: how much each replica carries,
	// compared with the fewest that were measured.
	MetricEfficiency Metric = "efficiency"
)

// Gate says when a missed SLO fails the run.
type Gate string

// The gates.
const (
	// GateAnswer fails when for some user count no replica count passes.
	GateAnswer Gate = "answer"
	// GateAll fails when any scenario fails.
	GateAll Gate = "all"
	// GateOff never fails.
	GateOff Gate = "off"
)
