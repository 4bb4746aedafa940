package result

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Nodes are the nodes of a cluster on which an attempt's replicas ran, with how many on each, as its
// window opened.
type Nodes struct {
	Target map[string]int `json:"target,omitempty"`
	// Load counts the pods of the master and the workers.
	Load map[string]int `json:"load,omitempty"`
}

// String reads "target: 2 on n1, 1 on n2; load: 3 on n3".
func (n *Nodes) String() string {
	if n == nil {
		return ""
	}
	var parts []string
	for _, of := range []struct {
		what string
		on   map[string]int
	}{{"target", n.Target}, {"load", n.Load}} {
		var places []string
		for _, name := range slices.Sorted(maps.Keys(of.on)) {
			places = append(places, fmt.Sprintf("%d on %s", of.on[name], name))
		}
		if len(places) > 0 {
			parts = append(parts, of.what+": "+strings.Join(places, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
