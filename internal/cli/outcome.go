package cli

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// outcome tells how an attempt ended, and a repeated trouble only once: one that differs
// from the last attempt's only by the names of processes is not repeated.
func (p *lineProgress) outcome(e run.Event) string {
	r := e.Record
	m := r.Measured
	if r.Status == result.Interrupted {
		return "interrupted; the scenario is measured again when the run is continued, and this attempt is not counted"
	}
	if r.Status == result.Success && m != nil {
		p.trouble = ""
		return measuredText(m) + stoppedText(m.Stopped)
	}
	text := brief(r.StatusText())
	if trouble := withoutDigits(text); trouble != p.trouble {
		p.trouble = trouble
	} else if e.Message == "" {
		text = string(r.Status) + ", as before"
	}
	switch {
	case e.Message != "":
		text += "; " + e.Message
	case !r.Terminal:
		text += "; to be tried again"
	}
	return text
}

// stoppedText says when a window of duration auto ended.
func stoppedText(s *result.Stopped) string {
	if s == nil {
		return ""
	}
	length := fmt.Sprintf("%v s", s.After)
	if s.WarmUp > 0 {
		length += fmt.Sprintf(" and %v s of warm-up", s.WarmUp)
	}
	if s.Early() {
		return fmt.Sprintf("; decided after %s: %s", length, s.Decision)
	}
	return "; not decided within " + length
}

func measuredText(m *result.Measured) string {
	if m.Requests == 0 {
		return "no request completed"
	}
	ratio := m.FailureRatio()
	return fmt.Sprintf("%s failed, %.2f req/s, p50 %s, p95 %s, p99 %s",
		percent(&ratio), m.RPS, millis(&m.Latency.P50), millis(&m.Latency.P95), millis(&m.Latency.P99))
}

// brief makes one line of a reason that ends with a process's output: the first line and the
// last, which is the one that counts in a traceback. The reports have all of it.
func brief(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > 2 {
		lines = []string{lines[0], "…", lines[len(lines)-1]}
	}
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}

func withoutDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
}
