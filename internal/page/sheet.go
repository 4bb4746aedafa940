package page

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/report"
)

// sheet is a map that is being drawn, by replicas and users.
type sheet struct {
	Map
	cells map[[2]int]Cell
}

func (s *sheet) put(replicas, users int, c Cell) {
	s.cells[[2]int{replicas, users}] = c
	s.Replicas, s.Users = append(s.Replicas, replicas), append(s.Users, users)
}

// size is how many places it has.
func (s *sheet) size() int {
	s.Replicas, s.Users = distinct(s.Replicas), distinct(s.Users)
	return len(s.Replicas) * len(s.Users)
}

func distinct(ns []int) []int {
	slices.Sort(ns)
	return report.Array(slices.Compact(ns))
}

// finish fills in the places, and draws the frontier between them.
func (s *sheet) finish() Map {
	s.Cells, s.Frontier = make([]Cell, 0, s.size()), []Edge{}
	for _, r := range s.Replicas {
		for _, u := range s.Users {
			c, ok := s.cells[[2]int{r, u}]
			if !ok {
				c = Cell{State: Absent, Text: "not in the matrix"}
			}
			s.Cells = append(s.Cells, c)
		}
	}
	s.divide()
	return s.Map
}

// divide draws the frontier: what lies between a place that passes and a neighbour that is
// known not to.
func (s *sheet) divide() {
	wide := len(s.Users)
	for i, c := range s.Cells {
		x, y := i%wide, i/wide
		if x+1 < wide && differ(c.State, s.Cells[i+1].State) {
			s.Frontier = append(s.Frontier, Edge{x + 1, y, x + 1, y + 1})
		}
		if i+wide < len(s.Cells) && differ(c.State, s.Cells[i+wide].State) {
			s.Frontier = append(s.Frontier, Edge{x, y + 1, x + 1, y + 1})
		}
	}
}

func differ(a, b State) bool { return passes(a) && short(b) || short(a) && passes(b) }

func passes(s State) bool { return s == Pass || s == InferredPass }

// short tells of a place that is known not to pass, or not for sure.
func short(s State) bool {
	return slices.Contains([]State{Fail, Borderline, InferredFail, InferredBorderline}, s)
}
