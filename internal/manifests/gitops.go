package manifests

import (
	"bytes"
	"fmt"
)

// GitOps are the objects that a GitOps controller can apply at any time: Deployed and the
// schedule, without what a run changes. Left lists what was left out.
func (s *Set) GitOps() (objects []Object, left []string) {
	for _, o := range s.Deployed() {
		if s.Worker != nil && o == Object(s.Worker) {
			worker := s.Worker.DeepCopy()
			worker.Spec.Replicas = nil
			o = worker
			left = append(left, fmt.Sprintf("spec.replicas of Deployment %s, since a run scales it; whoever sets it under a run makes that INVALID", worker.Name))
		}
		objects = append(objects, o)
	}
	if s.CronJob != nil {
		return append(objects, s.CronJob), left
	}
	return objects, append(left, fmt.Sprintf("Job %s, since each one is a run: made again when its TTL has taken it away, it would run again; `swarmgrid submit FILE` starts one", s.Job.Name))
}

// GitOpsYAML is GitOps as YAML, which begins with what was left out.
func (s *Set) GitOpsYAML() ([]byte, error) {
	objects, left := s.GitOps()
	var out bytes.Buffer
	out.WriteString("# For GitOps. Left out:\n")
	for _, line := range left {
		out.WriteString("# - " + line + "\n")
	}
	text, err := YAML(objects...)
	out.Write(text)
	return out.Bytes(), err
}
