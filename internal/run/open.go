package run

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// ResumeError says that a run cannot be continued, because it measured something else.
type ResumeError struct{ Differences []string }

// Error lists what differs.
func (e *ResumeError) Error() string {
	return "this run measured something else, so it cannot be continued; differing:\n  " +
		strings.Join(e.Differences, "\n  ") + "\nrun without --resume for a new run"
}

// CheckResume tells whether the experiment may go on with an earlier run; its error is a
// *ResumeError. A running master is not asked for its workers yet.
func CheckResume(earlier *result.Run, exp *experiment.Experiment) error {
	if keys := earlier.Header.Keys; exp.WorkersAsFound() && len(keys) > 0 {
		exp = exp.WithWorkers(keys[0].Workers)
	}
	return sameRun(earlier, exp)
}

func sameRun(earlier *result.Run, exp *experiment.Experiment) error {
	if diff := differences(earlier.Header.Identity, exp.Identity()); len(diff) > 0 {
		return &ResumeError{Differences: diff}
	}
	return nil
}

// readEarlier reads what earlier processes have journaled, refuses the journal of another
// experiment, and lets Look and Prepare have their turn.
func (c *Campaign) readEarlier(ctx context.Context) error {
	earlier, err := c.opts.Store.Load(ctx)
	if err != nil {
		return err
	}
	if earlier != nil {
		if err := sameRun(earlier, c.exp); err != nil {
			return err
		}
	}
	c.earlier = earlier
	if earlier == nil || c.goesOn(earlier) {
		if err := c.look(ctx); err != nil {
			return err
		}
	}
	if c.opts.Prepare != nil {
		return c.opts.Prepare()
	}
	return nil
}

// goesOn tells whether an earlier run has left anything to measure.
func (c *Campaign) goesOn(earlier *result.Run) bool {
	if !c.exp.Searches() {
		return len(earlier.Final()) < len(earlier.Planned())
	}
	revised := *earlier
	revised.Amendments = append(slices.Clone(revised.Amendments), result.Amendment{After: len(revised.Records), SLO: new(c.asks())})
	_, more := searching{c.exp}.next(&revised)
	return more
}

// asks is what the experiment judges by and asks for.
func (c *Campaign) asks() result.SLO {
	s := c.exp.LoadMatrix.Spec
	return result.SLO{Time: c.started.UTC(), Version: c.opts.Version, Objectives: s.SLO, Gate: s.Gate, Answer: asked(c.exp), Pricing: s.Pricing}
}

// open begins the journal, or goes on with the earlier one, and settles what is to be
// measured.
func (c *Campaign) open(ctx context.Context) error {
	c.plan = experiment.NewPlan(c.exp)
	begin := c.begin
	if c.earlier != nil {
		begin = c.resume
	}
	if err := begin(ctx); err != nil {
		return err
	}
	c.strategy = newStrategy(c.exp, c.plan, c.journal)
	var next *turn
	if t, more := c.strategy.next(c.journal); more {
		next = &t
	}
	c.plan = c.strategy.expected(c.journal, next)
	c.eta.plan = c.plan
	return nil
}

func (c *Campaign) begin(ctx context.Context) error {
	c.journal, c.eta = &result.Run{Header: c.header()}, newETA(c.plan)
	return c.opts.Store.Begin(ctx, c.journal.Header)
}

// resume goes on with the earlier journal, from now on by the experiment's SLO and prices.
func (c *Campaign) resume(ctx context.Context) error {
	if err := c.reviseSLO(ctx); err != nil {
		return err
	}
	c.journal = c.earlier
	for _, rec := range c.journal.Records {
		if rec.Measured != nil {
			c.targetWorked = true
			c.generator.worked(rec.Key.Workers)
		}
	}
	c.failing.worked = c.journal.Served()
	c.plan = c.resumed()
	c.eta = newETA(c.plan)
	return nil
}

// reviseSLO journals an SLO, a gate or a price that has changed since the run began.
func (c *Campaign) reviseSLO(ctx context.Context) error {
	now := c.asks()
	if c.earlier.Judged().Same(now) {
		return nil
	}
	if err := c.opts.Store.Amend(ctx, result.Amendment{SLO: &now}); err != nil {
		return err
	}
	earlier, err := c.opts.Store.Load(ctx)
	c.earlier = earlier
	return err
}

// resumed arranges the plan in the order of the run that is continued, followed by the
// scenarios that were added to it.
func (c *Campaign) resumed() experiment.Plan {
	byKey := map[matrix.Key]experiment.Planned{}
	for _, p := range c.plan.Scenarios {
		byKey[p.Key] = p
	}
	h, out := c.journal.Header, experiment.Plan{}
	for _, i := range h.Order {
		out.Scenarios = append(out.Scenarios, byKey[h.Keys[i]])
	}
	for _, p := range c.journal.Planned()[len(h.Keys):] {
		out.Scenarios = append(out.Scenarios, c.exp.Planned(p.Key))
	}
	for i := range out.Scenarios {
		out.Scenarios[i].Time.Cooldown = c.exp.Cooldown()
	}
	if n := len(out.Scenarios); n > 0 {
		out.Scenarios[n-1].Time.Cooldown = 0
	}
	return out
}

// nextScenario matches the end of one scenario and the beginning of the next in an
// identity's list of them.
var nextScenario = regexp.MustCompile(`(users?(?:, round [0-9]+)?) ([0-9]+ replica)`)

// apart separates the scenarios of an identity's list for a person to read.
func apart(name, says string) string {
	if name != "spec.matrix" {
		return says
	}
	return nextScenario.ReplaceAllString(says, "$1; $2")
}

// differences compares what two runs measure.
func differences(before, now map[string]string) []string {
	var out []string
	for name, was := range before {
		if is := now[name]; !experiment.SameIdentity(name, was, is) {
			out = append(out, fmt.Sprintf("%s was %s, is %s", name, apart(name, orNone(was)), apart(name, orNone(is))))
		}
	}
	for name, is := range now {
		if _, ok := before[name]; !ok {
			out = append(out, fmt.Sprintf("%s was not set, is %s", name, orNone(is)))
		}
	}
	slices.Sort(out)
	return out
}

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

func (c *Campaign) header() result.Header {
	e := c.exp
	keys := e.Axes.Keys()
	order := make([]int, 0, len(keys))
	for _, p := range c.plan.Scenarios {
		order = append(order, slices.Index(keys, p.Key))
	}
	return result.Header{
		Format: result.Format, RunID: c.opts.Holder.Run, Version: c.opts.Version, Machine: c.opts.Machine, Created: c.started.UTC(),
		Name: e.LoadMatrix.Name, Target: e.TargetText(), Address: e.AddressText(), Load: e.LoadText(),
		Engine: string(e.LoadMatrix.Spec.Load.Engine),
		Keys:   keys, Order: order, Duration: e.Duration().Seconds(), Auto: e.Auto(),
		SLO: e.LoadMatrix.Spec.SLO, Gate: e.LoadMatrix.Spec.Gate, Answer: asked(e), Seed: e.LoadMatrix.Spec.Matrix.Seed, Within: e.Within, Sentinel: e.Searches() && e.LoadMatrix.Spec.Matrix.Order == v1alpha1.OrderRandom, Pricing: e.LoadMatrix.Spec.Pricing, Identity: e.Identity(),
	}
}

// asked is the answer as a journal has it: nothing for the grid.
func asked(e *experiment.Experiment) v1alpha1.Answer {
	if !e.Searches() {
		return ""
	}
	return e.LoadMatrix.Spec.Answer
}

// about is what the run is about: as the journal has it, where it does (format 1 does not
// in full), and with the SLO that it is judged by now.
func (c *Campaign) about() *About {
	a, h, slo := AboutOf(c.exp), c.journal.Header, c.journal.Judged()
	if h.Load != "" {
		a.Target, a.Address, a.Load = h.Target, h.Address, h.Load
	}
	a.SLO, a.Gate, a.Answer = slo.Objectives, slo.Gate, slo.Answer
	return a
}

// AboutOf says what a run of the experiment would be about.
func AboutOf(e *experiment.Experiment) *About {
	s := e.LoadMatrix.Spec
	return &About{
		Target: e.TargetText(), Address: e.AddressText(), Load: e.LoadText(),
		Engine: string(s.Load.Engine), SLO: s.SLO, Gate: s.Gate, Answer: asked(e),
	}
}
