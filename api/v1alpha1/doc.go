// Package v1alpha1 is the experiment schema: LoadMatrix, what to measure, and
// Swarmfile, what the users do. The same types are read from a person's files and kept
// with each run.
//
// The types carry no behaviour. Reading, defaulting and validating a file is the
// job of internal/experiment; use that, not encoding/json, to load one.
package v1alpha1

// APIVersion and the kinds are what a document must say in its first two lines.
const (
	APIVersion     = "swarmgrid.dev/v1alpha1"
	KindLoadMatrix = "LoadMatrix"
	KindSwarmfile  = "Swarmfile"
)
