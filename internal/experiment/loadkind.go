package experiment

import (
	"path/filepath"
	"regexp"
	"slices"
)

var (
	pythonImport  = regexp.MustCompile(`(?m)^(import|from) [A-Za-z_.]+`)
	swarmfileKind = regexp.MustCompile(`(?m)^kind: *["']?Swarmfile\b`)
)

// isLocustfile tells Python from YAML, by the name or else by the content: someone who mixes
// up the engines is not helped by the number of the first line that is not YAML.
func isLocustfile(name string, data []byte) bool {
	return filepath.Ext(name) == ".py" || !isSwarmfile(name, data) && pythonImport.Match(data)
}

func isSwarmfile(name string, data []byte) bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) || swarmfileKind.Match(data)
}

// The two ways to mix up the engines.
const (
	locustfileForSwarm = "is a locustfile, which engine swarm does not read: set load.engine: locust (--engine locust), or name a swarmfile"
	swarmfileForLocust = "is a swarmfile, which engine locust does not read: set load.engine: swarm (--engine swarm), or name a locustfile"
)
