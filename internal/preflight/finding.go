package preflight

import (
	"fmt"
	"slices"
)

// Finding is something that a person should know before a run.
type Finding struct {
	// Refusal means that the run would fail. The others are notes.
	Refusal bool `json:"refusal"`
	// Undeployed means that deploy is to come before the run.
	Undeployed bool `json:"undeployed,omitempty"`
	// Object is what it is about: "ResourceQuota small".
	Object string `json:"object,omitempty"`
	// Text is a sentence that names the object, Next what to do about it.
	Text string `json:"text"`
	Next string `json:"next,omitempty"`
}

// String is the sentence with its next step.
func (f Finding) String() string {
	if f.Next == "" {
		return f.Text
	}
	return f.Text + "; " + f.Next
}

// Findings are all that was found.
type Findings []Finding

// Refusals are those that would make the run fail.
func (f Findings) Refusals() Findings { return f.which(true) }

// Notes are the others.
func (f Findings) Notes() Findings { return f.which(false) }

// Undeployed tells whether deploy is to come before the run.
func (f Findings) Undeployed() bool {
	return slices.ContainsFunc(f, func(finding Finding) bool { return finding.Undeployed })
}

func (f Findings) which(refusal bool) Findings {
	var out Findings
	for _, finding := range f {
		if finding.Refusal == refusal {
			out = append(out, finding)
		}
	}
	return out
}

// About are those about one object, and the refusals.
func (f Findings) About(object string) Findings {
	return slices.DeleteFunc(slices.Clone(f), func(finding Finding) bool { return !finding.Refusal && finding.Object != object })
}

// Lines are the findings as text.
func (f Findings) Lines() []string {
	var lines []string
	for _, finding := range f {
		lines = append(lines, finding.String())
	}
	return lines
}

func (f *Findings) refuse(object, next, format string, args ...any) {
	*f = append(*f, Finding{Refusal: true, Object: object, Next: next, Text: fmt.Sprintf(format, args...)})
}

func (f *Findings) note(object, next, format string, args ...any) {
	*f = append(*f, Finding{Object: object, Next: next, Text: fmt.Sprintf(format, args...)})
}
