package kube

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// record is what must be put back, as the Lease's annotation holds it. It is
// written before the first change, and again before every count that it does not name.
type record struct {
	Counts     map[platform.Role]*countRecord `json:"counts"`
	Autoscaler *kubeapi.AutoscalerRecord      `json:"autoscaler,omitempty"`
}

// countRecord is one object that we scale.
type countRecord struct {
	v1alpha1.ScaleTargetRef
	Original int `json:"original"`
	// Ours are the counts that the object has if nobody else has changed it: the
	// last one that was set and, while a change is under way, the next.
	Ours []int `json:"ours"`
}

// isOurs tells whether a count is as we left it.
func (c *countRecord) isOurs(n int) bool { return slices.Contains(c.Ours, n) }

// next adds a count before it is set.
func (c *countRecord) next(n int) {
	if !c.isOurs(n) {
		c.Ours = append(slices.Clone(c.Ours), n)
	}
}

// done says that a count has been set, so that no earlier one is ours any more.
func (c *countRecord) done(n int) { c.Ours = []int{n} }

func (r *record) empty() bool { return r == nil || len(r.Counts) == 0 && r.Autoscaler == nil }

func (r *record) encode() string {
	data, err := json.Marshal(r)
	if err != nil {
		// Only strings and numbers: it cannot be.
		return "{}"
	}
	return string(data)
}

func decodeRecord(text string) (*record, error) {
	if text == "" {
		return &record{}, nil
	}
	r := &record{}
	if err := json.Unmarshal([]byte(text), r); err != nil {
		return nil, fmt.Errorf("reading what is to be restored: %w", err)
	}
	return r, nil
}
