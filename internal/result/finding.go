package result

// Finding is what a check of an attempt found. The checks, and what to do about each, are listed in
// docs/running.md.
type Finding struct {
	// ID is that of the check, the same in every release: V for what can make an attempt
	// INVALID, W for what never does.
	ID string `json:"id"`
	// Invalid tells a reason against the attempt from a doubt.
	Invalid bool `json:"invalid"`
	// Text is what Reasons or Warnings say of it.
	Text string `json:"text"`
}

// Texts are those of the findings; nil for none.
func Texts(found []Finding) (out []string) {
	for _, f := range found {
		out = append(out, f.Text)
	}
	return out
}
