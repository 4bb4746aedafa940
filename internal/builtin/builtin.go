// Package builtin holds the loads that run when an experiment names none: the
// original mix of predict 80 %, health_check 10 % and metrics_check 10 %, each
// user waiting 1 to 2 seconds, once for Go workers and once for Python's. Both
// make the same requests.
package builtin

import _ "embed" // for the directives below

//go:embed swarmfile.yaml
var swarmfile string

//go:embed locustfile.py
var locustfile string

// Swarmfile returns the mix as a YAML document; decode it with internal/experiment.
func Swarmfile() []byte { return []byte(swarmfile) }

// Locustfile returns the mix as Python.
func Locustfile() []byte { return []byte(locustfile) }
