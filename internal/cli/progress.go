package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// progress shows the event stream of a run: bars on a terminal, lines elsewhere, JSON for
// machines. It may be used by several goroutines.
type progress interface {
	observe(run.Event)
	// say shows a message that is not an event.
	say(text string)
	close()
}

// newProgress draws no bars where lines of a log would come between them.
func newProgress(env *Env, asJSON, logged bool, dir string) progress {
	switch {
	case asJSON:
		return &jsonProgress{enc: json.NewEncoder(env.Stdout), stderr: env.Stderr}
	case env.StderrWidth() > 0 && !logged:
		return newBarProgress(env, dir)
	}
	return &lineProgress{w: env.Stderr, dir: dir, samples: true}
}

// jsonProgress writes every event as one line.
type jsonProgress struct {
	enc    *json.Encoder
	stderr io.Writer
}

func (p *jsonProgress) observe(e run.Event) { _ = p.enc.Encode(e) }
func (p *jsonProgress) say(text string)     { _, _ = fmt.Fprintln(p.stderr, text) }
func (p *jsonProgress) close()              {}

// lineProgress writes a line for whatever a person would want to find in a log later.
type lineProgress struct {
	mu  sync.Mutex
	w   io.Writer
	dir string
	// samples adds the live numbers, every sampleEvery.
	samples    bool
	lastSample time.Time
	// trouble is what the last attempt ended with, without the numbers.
	trouble string
}

const sampleEvery = 10 * time.Second

func (p *lineProgress) observe(e run.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range e.Inherited {
		p.line(e.Time, text)
	}
	if text := p.text(e); text != "" {
		p.line(e.Time, text)
	}
	for _, text := range aboutLines(e.About) {
		p.line(e.Time, "        "+text)
	}
}

// aboutLines say what a run loads, with what, and by which objectives.
func aboutLines(a *run.About) []string {
	if a == nil {
		return nil
	}
	lines := []string{"target: " + a.Target, "address: " + a.Address, "load: " + a.Load, "SLO: " + experiment.SLOText(a.SLO)}
	if a.Address == a.Target {
		return slices.Delete(lines, 1, 2)
	}
	return lines
}

func (p *lineProgress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(time.Now(), text)
}

func (p *lineProgress) line(at time.Time, text string) {
	_, _ = fmt.Fprintf(p.w, "%s %s\n", at.Local().Format(time.TimeOnly), text)
}

func (p *lineProgress) close() {}

func (p *lineProgress) text(e run.Event) string {
	switch e.Type {
	case run.RunStarted:
		if e.Searches {
			return fmt.Sprintf("run in %s: about %d scenarios to measure, %s %v", p.dir, e.Total-e.Index, about(e), short(e.RunLeft))
		}
		return fmt.Sprintf("run in %s: %d of %d scenarios to measure, %s %v", p.dir, e.Total-e.Index, e.Total, about(e), short(e.RunLeft))
	case run.AttemptStarted:
		attempt := ""
		if e.Attempt > 1 {
			attempt = fmt.Sprintf(" (attempt %d)", e.Attempt)
		}
		return fmt.Sprintf("[%d/%s] %v%s%s", e.Index+1, total(e), e.Key, attempt, why(e))
	case run.Sample:
		return p.sample(e)
	case run.FirstFailure:
		return "        first failure: " + e.Message
	case run.AttemptFinished:
		return "        " + p.outcome(e)
	case run.RunFinished:
		return runFinished(e.Run)
	}
	return ""
}

// total is how many scenarios there are, or will probably be.
func total(e run.Event) string {
	if e.Searches {
		return fmt.Sprintf("~%d", e.Total)
	}
	return fmt.Sprint(e.Total)
}

// why says why a search measures a scenario.
func why(e run.Event) string {
	if e.Message == "" {
		return ""
	}
	if e.Role != "" && e.Role != result.RoleGrid {
		return fmt.Sprintf(": %s, %s", e.Role, e.Message)
	}
	return ": " + e.Message
}

func runFinished(s *run.Summary) string {
	text := fmt.Sprintf("run ended after %v", short(s.Elapsed))
	if s.Ended != "" {
		text += ", early: " + s.Ended
	}
	if s.OverheadMedian > 0 {
		text += fmt.Sprintf("; besides ramp, settling and measuring a scenario took %.1f s (median)", s.OverheadMedian)
	}
	if s.ReadyToSwarmMedian > 0 {
		text += fmt.Sprintf("; from the last replica ready to the load's start %.1f s (median)", s.ReadyToSwarmMedian)
	}
	for _, left := range s.Left {
		text += "; left as somebody else set it: " + left
	}
	return text
}

func (p *lineProgress) sample(e run.Event) string {
	if !p.samples || e.Time.Sub(p.lastSample) < sampleEvery {
		return ""
	}
	p.lastSample = e.Time
	parts := []string{matrix.Count(e.Live.Users, "user"), fmt.Sprintf("scenario: %s%v left", upTo(e), short(e.ScenarioLeft))}
	if text := recentText(e.Live.Recent); text != "" {
		parts = slices.Insert(parts, 0, text)
	}
	return fmt.Sprintf("        %s: %s", e.Phase, strings.Join(parts, ", "))
}

// about and upTo say what a time is that is expected: with windows of duration auto the most.
func about(e run.Event) string {
	if e.UpTo {
		return "up to"
	}
	return "about"
}

func upTo(e run.Event) string {
	if e.UpTo {
		return "up to "
	}
	return ""
}

// short writes seconds as a person would say them.
func short(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second)
}

// both is a progress that is shown in two places.
func both(a, b func(run.Event)) func(run.Event) {
	return func(e run.Event) {
		a(e)
		b(e)
	}
}
