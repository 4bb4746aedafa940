package page

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

type facts []Fact

func (f *facts) say(name, format string, args ...any) {
	*f = append(*f, Fact{name, words.OneLine(fmt.Sprintf(format, args...))})
}

// factsOf is what else is known of a row.
func factsOf(r report.Row) []Fact {
	f := facts{}
	if m := r.Numbers(); m != nil {
		f.window(m)
		f.generator(r.Record.Observed)
	}
	f.target(*r.Record)
	if n := r.Record.Nodes; n != nil {
		f.say("Nodes", "%v", n)
	}
	if s := r.Steadiness; s != nil {
		f.say("Steadiness", "%s: median %+.0f %%, rate %+.0f %% over the window", s.Class, 100*s.P50, 100*s.RPS)
	}
	return f
}

func (f *facts) window(m *result.Measured) {
	f.say("Window", "%s from %s UTC", analysis.Seconds(m.Duration), m.Start.UTC().Format("15:04:05"))
	if s := m.Stopped; s.Early() {
		f.say("Ended", "the SLO was decided after %s", analysis.Seconds(s.After))
	}
	f.say("Requests", "%d, %d failed", m.Requests, m.Failures)
	if m.Requests > 0 {
		f.say("Longest request", "%s ms", report.Millis(m.Latency.Max))
	}
	if m.Unsent > 0 {
		f.say("Not sent", "%d, by the load generator's own trouble", m.Unsent)
	}
	if m.Retries > 0 {
		f.say("Sent again", "%d, since a kept connection had been closed", m.Retries)
	}
	f.say("Under way at the end", "%s", report.UnderWay(m.Flight))
	if !m.Exact {
		f.say("Percentiles", "rounded, as Locust's are")
	}
}

func (f *facts) generator(o result.Observed) {
	f.say("CPU of the load generator", "%.0f %% on average, %.0f %% at most", o.CPUMean, o.CPUMax)
	if o.Lag != nil {
		f.say("Own delay", "median %s ms, p99 %s ms (worker %s)", report.Delay(o.Lag.P50), report.Delay(o.Lag.P99), o.Lag.Worker)
	}
	if o.StoodStill > 0 {
		f.say("Stood still", "%s, the worker that did longest", analysis.Seconds(o.StoodStill))
	}
}

func (f *facts) target(rec result.Record) {
	if u := rec.Observed.TargetUsage; u != nil {
		f.usage(u)
	}
	if s := rec.ScaleUp; s != nil {
		f.say("Scaled up", "from %d to %d: scheduled after %s, ready after %s, traffic after %s", s.From, s.To, since(s.Scheduled), since(s.Ready), since(s.Routed))
	}
}

func (f *facts) usage(u *result.Usage) {
	if u.Unavailable != "" {
		f.say("CPU of the target", "not available: %s", u.Unavailable)
		return
	}
	f.say("CPU of the target", "%s cores, by %s", report.Rate(u.CPUCores), u.Source)
	if u.MemoryBytes > 0 {
		f.say("Memory of the target", "%.0f MiB", float64(u.MemoryBytes)/(1<<20))
	}
	if u.Throttled != nil {
		f.say("Held up by a CPU limit", "%.1f %% of the time", 100**u.Throttled)
	}
}

func since(s *float64) string {
	switch {
	case s == nil:
		return "a time that is not available"
	case *s < 1:
		return "less than 1 s"
	}
	return analysis.Seconds(*s)
}
