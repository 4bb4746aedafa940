package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Origin is where the SLO that a report judges by comes from.
type Origin string

// The origins.
const (
	// FromStart is the SLO that the run began with.
	FromStart Origin = "start"
	// FromResume is one that replaced it when the run was continued.
	FromResume Origin = "resume"
	// FromReport is one that was given to the report alone.
	FromReport Origin = "report"
)

func originOf(run *result.Run) Origin {
	if run.Judge != nil {
		return FromReport
	}
	before := result.SLO{Objectives: run.Header.SLO, Gate: run.Header.Gate, Answer: run.Header.Answer}
	for _, a := range run.Amendments {
		if a.SLO != nil && !a.SLO.SameBounds(before) {
			return FromResume // and not only another price
		}
	}
	return FromStart
}

// notRecorded stands for what journals of format 1 do not have.
const notRecorded = "not recorded"

// about fills in from the identity what a header of format 1 does not say.
func about(h result.Header) result.Header {
	url, master := h.Identity["spec.target.url"], h.Identity["spec.load.masterURL"]
	if h.Load == "" && master != "" {
		h.Load = "what the master at " + master + " has"
	}
	if h.Load == "" && url == "" && h.Identity["spec.target.process.command"] != "" {
		h.Address = experiment.BalancerAddress
	}
	h.Address, h.Load = cmp.Or(h.Address, url, notRecorded), cmp.Or(h.Load, notRecorded)
	return h
}

// remarks are doubts about what was loaded and what it is judged by.
func remarks(run *result.Run) []string {
	var out []string
	h := run.Header
	url, command := h.Identity["spec.target.url"], h.Identity["spec.target.process.command"]
	if url != "" && command != "" {
		out = append(out, fmt.Sprintf("The users sent to %s, as the experiment's url says, and not to the balancer in front of the processes that were scaled. Unless that address leads to them, the number of replicas meant nothing to it.", url))
	}
	switch originOf(run) {
	case FromReport:
		out = append(out, fmt.Sprintf("Judged by what was given to this report. The run's own SLO is %s.", sloText(ownSLO(run))))
	case FromResume:
		if own := run.Judged(); own.Gate == h.Gate && slices.Equal(own.Objectives, h.SLO) {
			return out // another answer was asked for, or another price given
		}
		out = append(out, fmt.Sprintf("The SLO was changed at %s, after the run had begun with %s. Every scenario is judged by the current one.",
			isoTime(run.Judged().Time.UTC()), sloText(result.SLO{Objectives: h.SLO, Gate: h.Gate})))
	}
	return out
}

// ownSLO is what the run is judged by when nobody asks for anything else.
func ownSLO(run *result.Run) result.SLO {
	own := *run
	own.Judge = nil
	return own.Judged()
}

// sloText writes an SLO with its gate.
func sloText(s result.SLO) string {
	if len(s.Objectives) == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, gate %s", experiment.SLOText(s.Objectives), s.Gate)
}
