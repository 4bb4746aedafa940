package master

import (
	"maps"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const (
	maxExceptions = 1000
	maxTraceback  = 8 << 10
	// maxNodes bounds how many workers are named for each exception.
	maxNodes = 20

	otherExceptions = "(other exceptions)"
	otherNodes      = "(others)"
)

// exceptions counts the errors that tasks did not handle, grouped by traceback.
type exceptions struct {
	byTrace map[string]*exception
	order   []string
}

type exception struct {
	count     int64
	msg       string
	traceback string
	nodes     map[string]bool
}

func newExceptions() *exceptions { return &exceptions{byTrace: map[string]*exception{}} }

// add counts one; new kinds beyond the limit are counted together.
func (x *exceptions) add(worker string, e wire.Exception) {
	msg, trace := shorten(e.Msg, maxTraceback), shorten(e.Traceback, maxTraceback)
	if x.byTrace[trace] == nil && len(x.order) >= maxExceptions {
		msg, trace = otherExceptions, otherExceptions
	}
	got := x.byTrace[trace]
	if got == nil {
		got = &exception{msg: msg, traceback: trace, nodes: map[string]bool{}}
		x.byTrace[trace] = got
		x.order = append(x.order, trace)
	}
	got.count++
	if got.nodes[worker] || len(got.nodes) < maxNodes {
		got.nodes[worker] = true
		return
	}
	got.nodes[otherNodes] = true
}

// list is in order of first appearance.
func (x *exceptions) list() []*exception {
	var out []*exception
	for _, trace := range x.order {
		out = append(out, x.byTrace[trace])
	}
	return out
}

func (e *exception) nodeList() string {
	return strings.Join(slices.Sorted(maps.Keys(e.nodes)), ", ")
}
