// Package swarmfile holds the built-in swarmfile, the load that runs when an
// experiment names none. Decode it with internal/spec like any other.
package swarmfile

import _ "embed" // for the directive below

//go:embed default.yaml
var document string

// Default returns the built-in swarmfile as a YAML document: the original mix of
// predict 80 %, health_check 10 % and metrics_check 10 %, waiting 1 to 2 seconds.
func Default() []byte { return []byte(document) }
