package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// progress shows the event stream of a run to whoever watches: bars on a
// terminal, lines elsewhere, JSON for machines.
type progress interface {
	observe(run.Event)
	close()
}

func newProgress(env *Env, asJSON bool, dir string) progress {
	switch {
	case asJSON:
		return &jsonProgress{json.NewEncoder(env.Stdout)}
	case env.StderrWidth() > 0:
		return &barProgress{lines: lineProgress{w: env.Stderr, dir: dir}, width: env.StderrWidth}
	}
	return &lineProgress{w: env.Stderr, dir: dir, samples: true}
}

// jsonProgress writes every event as one line.
type jsonProgress struct{ enc *json.Encoder }

func (p *jsonProgress) observe(e run.Event) { _ = p.enc.Encode(e) }
func (p *jsonProgress) close()              {}

// lineProgress writes a line for what a person would want to find in a log later.
type lineProgress struct {
	w   io.Writer
	dir string
	// samples asks for the live numbers too, every sampleEvery.
	samples    bool
	lastSample time.Time
}

const sampleEvery = 10 * time.Second

func (p *lineProgress) observe(e run.Event) {
	if text := p.text(e); text != "" {
		_, _ = fmt.Fprintf(p.w, "%s %s\n", e.Time.Format(time.TimeOnly), text)
	}
}

func (p *lineProgress) close() {}

func (p *lineProgress) text(e run.Event) string {
	switch e.Type {
	case run.RunStarted:
		return fmt.Sprintf("run in %s: %d of %d scenarios to measure, about %v", p.dir, e.Total-e.Index, e.Total, short(e.RunLeft))
	case run.AttemptStarted:
		attempt := ""
		if e.Attempt > 1 {
			attempt = fmt.Sprintf(" (attempt %d)", e.Attempt)
		}
		return fmt.Sprintf("[%d/%d] %v%s", e.Index+1, e.Total, e.Key, attempt)
	case run.Sample:
		return p.sample(e)
	case run.AttemptFinished:
		return fmt.Sprintf("        %s", outcome(e.Record))
	case run.RunFinished:
		return runFinished(e.Run)
	}
	return ""
}

func runFinished(s *run.Summary) string {
	text := fmt.Sprintf("run ended after %v", short(s.Elapsed))
	if s.OverheadMedian > 0 {
		text += fmt.Sprintf("; besides ramp, settling and measuring a scenario took %.1f s (median)", s.OverheadMedian)
	}
	return text
}

func (p *lineProgress) sample(e run.Event) string {
	if !p.samples || e.Time.Sub(p.lastSample) < sampleEvery {
		return ""
	}
	p.lastSample = e.Time
	return fmt.Sprintf("        %s, %s, %v left", e.Phase, liveText(e.Live), short(e.ScenarioLeft))
}

// liveText leaves out numbers that nobody has measured yet.
func liveText(l *run.Live) string {
	users := matrix.Count(l.Users, "user")
	if l.Requests == 0 {
		return users
	}
	return users + fmt.Sprintf(", %.1f requests/s, median %.0f ms, p95 %.0f ms, failures %.2f %%", l.RPS, l.P50, l.P95, 100*l.FailureRatio)
}

func outcome(r *result.Record) string {
	m := r.Measured
	if r.Status != result.Success || m == nil {
		text := strings.Join(strings.Fields(r.StatusText()), " ")
		if !r.Terminal && r.Status != result.Interrupted {
			text += "; trying again"
		}
		return text
	}
	return fmt.Sprintf("%.2f requests/s, median %.0f ms, p95 %.0f ms, p99 %.0f ms, failures %.2f %%",
		m.RPS, m.Latency.P50, m.Latency.P95, m.Latency.P99, 100*m.FailureRatio())
}

// short writes seconds as a person says them.
func short(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second)
}

// barProgress keeps two bars at the bottom of a terminal, with the lines above them.
type barProgress struct {
	lines lineProgress
	width func() int
	// drawn is how many lines of bars are on the screen.
	drawn int
	last  run.Event
	live  *run.Live
}

func (p *barProgress) observe(e run.Event) {
	p.erase()
	p.lines.observe(e)
	if e.Type == run.RunFinished {
		return
	}
	if e.Type == run.AttemptStarted {
		p.live = nil
	}
	if e.Live != nil {
		p.live = e.Live
	}
	p.last = e
	p.draw()
}

func (p *barProgress) close() { p.erase() }

func (p *barProgress) erase() {
	for range p.drawn {
		_, _ = io.WriteString(p.lines.w, "\x1b[1A\x1b[2K")
	}
	p.drawn = 0
}

func (p *barProgress) draw() {
	e := p.last
	status := string(e.Phase)
	if p.live != nil {
		status += ", " + liveText(p.live)
	} else if e.Message != "" {
		status += ", " + e.Message
	}
	p.line("scenario", e.ScenarioLength, e.ScenarioLeft, status)
	p.line("run     ", e.RunLength, e.RunLeft, fmt.Sprintf("%d of %d done in %s", e.Index, e.Total, filepath.Clean(p.lines.dir)))
}

const barWidth = 24

func (p *barProgress) line(name string, length, left float64, status string) {
	share := 0.0
	if length > 0 {
		share = min(max(1-left/length, 0), 1)
	}
	full := int(share * barWidth)
	text := fmt.Sprintf("%s [%s%s] %3.0f %%  %v left  %s", name, strings.Repeat("#", full), strings.Repeat("-", barWidth-full), 100*share, short(left), status)
	if r := []rune(strings.Join(strings.Fields(text), " ")); len(r) > p.width()-1 {
		text = string(r[:max(p.width()-2, 1)]) + "…"
	} else {
		text = string(r)
	}
	_, _ = fmt.Fprintln(p.lines.w, text)
	p.drawn++
}
