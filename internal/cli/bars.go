package cli

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// barProgress keeps the load's state and two bars at the bottom of a terminal, below the
// lines.
type barProgress struct {
	terminal io.Writer
	width    func() int
	dir      string
	ticker   *time.Ticker
	closed   chan struct{}

	mu sync.Mutex
	// screen collects what one change writes, so that nothing flickers.
	screen bytes.Buffer
	lines  lineProgress
	// drawn is how many lines of bars are on the screen.
	drawn int
	last  run.Event
	live  *run.Live
}

func newBarProgress(env *Env, dir string) *barProgress {
	p := &barProgress{terminal: obeyed(env.Stderr), width: env.StderrWidth, dir: dir, ticker: time.NewTicker(time.Second), closed: make(chan struct{})}
	p.lines.w, p.lines.dir = visible{&p.screen}, dir
	go p.tick()
	return p
}

// tick counts down the time left while there are no events, as in a cool-down.
func (p *barProgress) tick() {
	for {
		select {
		case <-p.ticker.C:
			p.change(func() {})
		case <-p.closed:
			return
		}
	}
}

func (p *barProgress) observe(e run.Event) {
	p.change(func() {
		p.lines.observe(e)
		switch {
		case e.Type == run.AttemptStarted:
			p.live = nil
		case e.Live != nil:
			p.live = e.Live
		}
		p.last = e
	})
}

func (p *barProgress) say(text string) { p.change(func() { p.lines.say(text) }) }

func (p *barProgress) close() {
	p.ticker.Stop()
	close(p.closed)
	p.change(func() { p.last.Type = run.RunFinished })
}

// change erases the bars, lets f write lines and draws the bars again.
func (p *barProgress) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.screen.WriteString(strings.Repeat("\x1b[1A\x1b[2K", p.drawn))
	p.drawn = 0
	f()
	if p.last.Type != "" && p.last.Type != run.RunFinished {
		p.draw()
	}
	_, _ = p.terminal.Write(p.screen.Bytes())
	p.screen.Reset()
}

func (p *barProgress) draw() {
	e := p.last
	status := string(e.Phase)
	loaded := p.live != nil && e.Phase != run.PhaseCooldown
	switch {
	case e.Type == run.AttemptStarted: // a line has said why
	case e.Message != "":
		status += ", " + e.Message
	case loaded:
		status += ", " + matrix.Count(p.live.Users, "user")
	}
	if loaded {
		p.row("load", recentText(p.live.Recent))
	}
	since := time.Since(e.Time).Seconds()
	if e.ScenarioLength > 0 {
		p.bar("scenario", e.ScenarioLength, e.ScenarioLeft-since, status)
	}
	p.bar("run", e.RunLength, e.RunLeft-since, fmt.Sprintf("%d of %s done in %s", e.Index, total(e), filepath.Clean(p.dir)))
}

const barWidth = 24

func (p *barProgress) bar(name string, length, left float64, status string) {
	share := 0.0
	if length > 0 {
		share = min(max(1-left/length, 0), 1)
	}
	full := int(share * barWidth)
	p.row(name, fmt.Sprintf("[%s%s] %3.0f %%  %s%v left  %s", strings.Repeat("#", full), strings.Repeat("-", barWidth-full),
		100*share, upTo(p.last), short(max(left, 0)), strings.Join(strings.Fields(status), " ")))
}

// row writes a line that is redrawn with each change, or nothing for an empty text. It is
// cut, since a line that wraps could not be erased as one.
func (p *barProgress) row(name, status string) {
	if status == "" {
		return
	}
	text := []rune(string(shown(fmt.Appendf(nil, "%-8s %s", name, status))))
	if width := p.width(); len(text) > width-1 {
		text = append(text[:max(width-2, 1)], '…')
	}
	fmt.Fprintln(&p.screen, string(text))
	p.drawn++
}
