// Package runs makes the runs that the page is tested, timed and pictured with: services that
// are simulated on a virtual clock, and what a campaign would have kept of them. A run is the
// same whenever it is made.
package runs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// Write makes a run's directory: its journal and, unless it is nil, the experiment beside it.
func Write(dir string, run *result.Run, experiment []byte) error {
	data, err := result.Encode(run)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if experiment != nil {
		if err := os.WriteFile(filepath.Join(dir, rundir.ExperimentName), experiment, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, rundir.JournalName), data, 0o644)
}

// site is a service, and the run that measures it.
type site struct {
	service
	plan
	run result.Run
	// now is when the next attempt begins.
	now time.Time
}

func begun() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func newSite(name string, s service, p plan, axes matrix.Axes, slo ...v1alpha1.Objective) *site {
	keys := axes.Keys()
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	return &site{service: s, plan: p, now: begun(), run: result.Run{Header: result.Header{
		Format: result.Format, RunID: "20260102-030405-" + name, Version: "v0.1.0", Created: begun(), Name: name,
		Target: "process inference-sim", Address: "the balancer in front of it, on this machine", Load: "the built-in mix forecasting",
		Engine: "swarm", Keys: keys, Order: order, Duration: float64(p.measure), SLO: slo, Gate: v1alpha1.GateAnswer,
		Identity: map[string]string{"spec.target.url": "", "spec.target.process.command": `["inference-sim"]`},
	}}}
}

func objectives() []v1alpha1.Objective {
	return []v1alpha1.Objective{{Metric: "p95", Below: "250ms"}, {Metric: "failures", Below: "1%"}}
}

// attempt measures a scenario. The record is of a success, and stands for the scenario.
func (s *site) attempt(k matrix.Key) result.Record {
	all := s.load(k, s.plan, uint64(len(s.run.Records)+1))
	started := s.now.Add(2 * time.Second)
	return s.record(k, s.measured(s.window(all, s.plan), s.plan, started.Add(time.Duration(s.opens())*time.Second)),
		s.series(all, k, s.plan, started))
}

// record is an attempt with the given window and course.
func (s *site) record(k matrix.Key, m *result.Measured, course *result.Series) result.Record {
	const mebibyte = 1 << 20
	r := result.Record{
		Key: k, Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Success, Engine: s.run.Header.Engine,
		Started: s.now, Finished: s.now.Add(time.Duration(s.total()+3) * time.Second),
		Phases: result.Phases{Scale: 1, Workers: .8, Swarm: .2, Ramp: float64(s.ramp), Settle: float64(s.settle), Measure: float64(s.plan.measure), Collect: .25, Stop: .5},
		Observed: result.Observed{
			Samples: s.plan.measure, Workers: k.Workers, Users: k.Users, Replicas: k.Replicas, CPUMean: 9.5, CPUMax: 14,
			Lag:          &result.Lag{Worker: "worker-1", P50: .1, P99: .6},
			TargetUsage:  &result.Usage{Source: "proc", MemoryBytes: int64(k.Replicas) * 48 * mebibyte},
			TargetShares: evenShares(k.Replicas, m),
		},
		Measured: m, Series: course,
	}
	if m != nil {
		for i, e := range m.Endpoints {
			r.Observed.TargetUsage.CPUCores += float64(e.Requests-e.Failures) * s.tasks[i].Mean / m.Duration
		}
	}
	return r
}

// evenShares are those that a balancer gives which takes turns.
func evenShares(replicas int, m *result.Measured) *result.Shares {
	if m == nil {
		return nil
	}
	s := &result.Shares{Source: "the balancer", Unit: result.ByRequests, MaxToMean: 1}
	for i := range replicas {
		s.Replicas = append(s.Replicas, result.ReplicaShare{
			ID: fmt.Sprintf("target-%04d", i+1), Amount: float64(m.Requests) / float64(replicas), Share: 1 / float64(replicas), Connections: new(m.Requests / 100),
		})
	}
	return s
}

func (s *site) add(r result.Record) {
	s.run.Records = append(s.run.Records, r)
	s.now = r.Finished.Add(time.Second)
}

func (s *site) amend(a result.Amendment) {
	a.After = len(s.run.Records)
	s.run.Amendments = append(s.run.Amendments, a)
}

// grid measures every scenario.
func (s *site) grid() *site {
	for _, k := range s.run.Header.Keys {
		s.add(s.attempt(k))
	}
	return s
}

// search measures what the question takes.
func (s *site) search(answer v1alpha1.Answer) *site {
	s.run.Header.Answer = answer
	slo, err := experiment.ParseObjectives(s.run.Header.SLO)
	if err != nil {
		panic(err) // they are our own
	}
	for {
		next, _, more := analysis.SearchOf(&s.run, slo).Next()
		if !more {
			return s
		}
		planned := false
		for _, p := range s.run.Planned() {
			planned = planned || p == next
		}
		if !planned {
			s.amend(result.Amendment{Scenarios: &result.Scenarios{Time: s.now, Version: "v0.1.0", Planned: []result.Planned{next}}})
		}
		r := s.attempt(next.Key)
		r.Role = next.Role
		s.add(r)
	}
}

// Experiment is an experiment's file as a run keeps it beside its journal.
func Experiment(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if data, err = yaml.YAMLToJSON(data); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, data, "", "  ")
	return append(out.Bytes(), '\n'), err
}
