package report

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Autoscaler is what a run proposes for the object that it scaled in a cluster.
type Autoscaler struct {
	Object experiment.ScaledObject
	// Scaling is nil where nothing backs a proposal, and then Why says why.
	Scaling *analysis.Scaling
	Why     string
}

// autoscalerOf is nil for a run that scaled no object of a cluster.
func autoscalerOf(run *result.Run, rows []analysis.Row) *Autoscaler {
	object, ok := experiment.ScaledObjectOf(run.Header.Identity)
	if !ok {
		return nil
	}
	a := &Autoscaler{Object: object}
	a.Scaling, a.Why = analysis.Autoscale(run, rows)
	return a
}

// proposed tells whether there is an hpa.yaml.
func (m *Model) proposed() bool { return m.Autoscaler != nil && m.Autoscaler.Scaling != nil }

// utilization is the whole percent of their CPU requests that the pods are to use; 0 if that
// is not what is followed.
func utilization(s *analysis.Scaling) int {
	if s.CPU == nil {
		return 0
	}
	return max(int(100*s.CPU.Target()), 1)
}

// podRate is the requests a second of one pod to hold, as a quantity of Kubernetes: "41" or
// "4200m"; empty if that would tell nothing.
func podRate(s *analysis.Scaling) string {
	if s.Rate == nil {
		return ""
	}
	target := s.Rate.Target()
	if target >= 10 {
		return strconv.Itoa(int(target))
	}
	return strconv.Itoa(max(int(1000*target), 1)) + "m"
}

// The limits of a HorizontalPodAutoscaler's behavior, and its pace.
const (
	// syncPeriod is how often an autoscaler decides by default.
	syncPeriod    = 15
	maxPeriod     = 1800
	maxWindow     = 3600
	defaultWindow = 300 // seconds for which it waits before it scales down, by default
	downPeriod    = 60
	// regret is how many times as long as new replicas take it waits before it takes one away.
	regret = 10
)

// pace are the seconds of a behavior.
type pace struct {
	// up is between two steps up: the last one has become useful by then.
	up int
	// window is for how long a lower load has to last; down is between two steps down.
	window, down int
}

// paceOf follows from how long new replicas take; nil if that is not known.
func paceOf(s *analysis.Scaling) *pace {
	if s.Startup == nil {
		return nil
	}
	useful := s.Startup.Useful()
	periods := int(math.Ceil(useful / syncPeriod))
	return &pace{
		up:     min(max(periods, 1)*syncPeriod, maxPeriod),
		window: int(min(max(math.Ceil(regret*useful), defaultWindow), maxWindow)),
		down:   int(min(max(math.Ceil(useful), downPeriod), maxPeriod)),
	}
}

// autoscaler says what is proposed, or why nothing is.
func (d *markdown) autoscaler() {
	a := d.Autoscaler
	if a == nil {
		return
	}
	d.section(2, "Autoscaler")
	if a.Scaling == nil {
		d.line("No proposal: %s.", escape(a.Why))
		return
	}
	d.line("`hpa.yaml` %s\n", hpaText)
	for _, f := range proposal(a.Scaling) {
		d.bullet(f[0], f[1])
	}
}

const hpaText = "is a HorizontalPodAutoscaler to read and apply; its comments say what backs each number, and what was not shown."

// proposal is what is proposed, as names and texts.
func proposal(s *analysis.Scaling) [][2]string {
	out := [][2]string{{"Replicas", fmt.Sprintf("%d to %d", s.Min(), s.Max())}, {"Target", followed(s)}}
	if s.Startup != nil {
		out = append(out, [2]string{"New replicas receive traffic after", startup(s.Startup)})
	}
	for _, text := range s.Doubts {
		out = append(out, [2]string{"In doubt", text})
	}
	return out
}

// followed names the metric and its target.
func followed(s *analysis.Scaling) string {
	if n := utilization(s); n > 0 {
		return fmt.Sprintf("%d %% of the CPU that the pods request (%s used %s of it)", n, s.CPU.At, percent(s.CPU.Value))
	}
	return fmt.Sprintf("%s requests per second and pod (%s had %s)", threshold(s), s.Rate.At, analysis.FormatRPS(s.Rate.Value))
}

func percent(ratio float64) string { return fmt.Sprintf("%.0f %%", 100*ratio) }

// startup tells of the scale-up: "12.3 s (from 1 to 4: scheduled after 1 s, ready after 11 s)".
func startup(s *analysis.Startup) string {
	return fmt.Sprintf("%s (from %d to %d: scheduled after %s, ready after %s)",
		tenths(&s.Routed), s.From, s.To, tenths(s.Scheduled), tenths(s.Ready))
}

// warmed says how the load after a scale-up found the target; empty where that is not known.
func warmed(w *analysis.Warming) string {
	switch {
	case w == nil:
		return ""
	case w.Seen:
		return fmt.Sprintf("The load that followed had its first good answer within %.0f s, and the target was at full speed only after %.0f s of it.", w.Answered, w.Full)
	}
	return fmt.Sprintf("The load that followed had its first good answer within %.0f s, and no warm-up was left when its window began after %.0f s.", w.Answered, w.Full)
}

// tenths writes seconds; what is not known is not available, and no 0.
func tenths(s *float64) string {
	switch {
	case s == nil:
		return "a time that is not available"
	case *s == 0:
		return "less than 1 s" // a cluster tells whole seconds
	}
	return strconv.FormatFloat(*s, 'f', 1, 64) + " s"
}

// HPA writes hpa.yaml: the HorizontalPodAutoscaler and, commented out, KEDA's object in its place.
func HPA(w io.Writer, m *Model) error {
	if !m.proposed() {
		return fmt.Errorf("writing hpa.yaml: %s", whyNone(m))
	}
	doc := &hpaFile{Model: m, object: m.Autoscaler.Object, scaling: m.Autoscaler.Scaling}
	doc.head()
	doc.autoscaler()
	doc.keda()
	_, err := w.Write(doc.Bytes())
	return err
}

func whyNone(m *Model) string {
	if m.Autoscaler == nil {
		return "the run scaled no object of a cluster"
	}
	return m.Autoscaler.Why
}
