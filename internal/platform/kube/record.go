package kube

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// record is what must be restored, as the Lease's annotation holds it. It is written
// before the first change, and again before every count that it does not list.
type record struct {
	Counts     map[platform.Role]*countRecord `json:"counts"`
	Autoscaler *kubeapi.AutoscalerRecord      `json:"autoscaler,omitempty"`
}

// countRecord is one object that we scale.
type countRecord struct {
	v1alpha1.ScaleTargetRef
	Original int `json:"original"`
	// Ours are the counts that we may have set: the last one and, while a change is under
	// way, the next.
	Ours []int `json:"ours"`
}

// isOurs tells whether we may have set a count.
func (c *countRecord) isOurs(n int) bool { return slices.Contains(c.Ours, n) }

// next adds a count before it is set.
func (c *countRecord) next(n int) {
	if !c.isOurs(n) {
		c.Ours = append(slices.Clone(c.Ours), n)
	}
}

// done leaves only the count that has been set.
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
