package web

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/page"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Entry is a run in the list.
type Entry struct {
	ID string `json:"id"`
	// Dir is its directory, as `swarmgrid report` takes it.
	Dir string `json:"dir"`
	// Changed is when its journal was last written; null where its file's time is no date.
	Changed *time.Time `json:"changed"`
	// Pending says that it has not been read yet; then all below is empty.
	Pending bool `json:"pending"`
	// Error says why it cannot be read; then all below is empty.
	Error  string `json:"error"`
	Name   string `json:"name"`
	Target string `json:"target"`
	SLO    string `json:"slo"`
	// Created is null where it is not known; When is for people.
	Created *time.Time `json:"created"`
	When    string     `json:"when"`
	Answer  []string   `json:"answer"`
	Gate    page.Gate  `json:"gate"`
	// Unfinished is as in page.Run.
	Unfinished string `json:"unfinished"`
}

// The most that an entry has of texts that may be long: the list keeps every run's.
const (
	maxLines = 6
	maxText  = 300
	maxError = 2000
)

// entryOf reads what the list says of a run.
func entryOf(p place, c content) Entry {
	m, err := modelOf(p, c)
	if err != nil {
		return damaged(err)
	}
	about, answer := page.Head(m)
	e := Entry{
		Name: brief(about.Name), Target: brief(about.Target), SLO: brief(about.SLO), Created: report.Moment(about.Created), When: about.When,
		Gate: answer.Gate, Unfinished: about.Unfinished,
	}
	e.Gate.Text = brief(e.Gate.Text)
	for i, line := range answer.Lines {
		if i == maxLines && len(answer.Lines) > maxLines+1 {
			e.Answer = append(e.Answer, fmt.Sprintf("and %d more", len(answer.Lines)-maxLines))
			break
		}
		e.Answer = append(e.Answer, brief(line.Text))
	}
	return e
}

func brief(text string) string { return words.Cut(text, maxText, "…") }

func damaged(err error) Entry { return Entry{Error: words.Cut(err.Error(), maxError, "…")} }

func modelOf(p place, c content) (*report.Model, error) {
	run, err := rundir.Decode(p.dir(), c.journal)
	if err != nil {
		return nil, err
	}
	return report.New(run)
}
