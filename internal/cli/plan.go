package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/look"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

type planOptions struct {
	json      bool
	preflight bool
	python    string
	look      lookFlag
	cluster   clusterFlags
	settings  settingsFlags
	request   requestFlags
	asked     *asked
}

func newPlanCmd(env *Env) *cobra.Command {
	var opts planOptions
	cmd := &cobra.Command{
		Use:   "plan FILE|URL|-",
		Short: "Show the scenarios and the time they take; touch nothing",
		Long: `Show what is loaded, with which requests, and the scenarios in their order with
the time they take; touch nothing.

With --try also look, for a target on this machine, for what would make the run
fail: start one replica (or take what runs at spec.target.url), send each task
of the swarmfile once, and show what became of it. A program or a variable that
is not there, a command without {{port}}, a file of the other engine, a
locustfile that cannot be imported: everything is listed at once. Of a
locustfile's users nothing is tried, and nothing behind a masterURL. The replica
has ended afterwards, and no file is written; but the requests have their
effects: one order is placed.

With --cluster also look, in the cluster, for everything that would make the run
fail: rights, what the API server says to a dry run of every object and of a pod
of each kind, the Service, room and quotas for the largest scenario, rollouts,
an autoscaler, and whether the target answers one of each of the load's
requests, asked by a worker's pod if there is one. Everything is listed at once,
and the exit code is then 1; what cannot be known is a note, and so is what is
not deployed yet. Nothing is changed; there only --try makes a pod to look from,
and deletes it again. What deploy was given holds there, and is said, unless a
flag or a variable says otherwise.

EXIT STATUS
  0    shown, and nothing found
  1    a look found what would make the run fail, or requests that fail
  2    wrong arguments or a wrong file; also a program, a variable or a Python
       module that is not there
  130  interrupted`,
		Example: `  swarmgrid plan examples/demo.yaml
  swarmgrid plan examples/demo.yaml --try
  swarmgrid plan http://127.0.0.1:8000/search?q=a --users 1,10,100
  sed s/25ms/50ms/ examples/demo.yaml | swarmgrid plan -`,
		Args: exactly("FILE, URL or -"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opts.asked, err = opts.request.find(args[0], opts.settings, env); err != nil {
				return err
			}
			return runPlan(cmd.Context(), &opts, env)
		},
	}
	opts.request.addFlags(cmd.Flags())
	opts.settings.addFlags(cmd.Flags())
	opts.cluster.addFlags(cmd.Flags())
	under(cmd.Flags(), forCluster, func(flags *pflag.FlagSet) {
		flags.BoolVar(&opts.preflight, "cluster", false, "look in the cluster for what would make the run fail")
	})
	opts.look.addFlag(cmd.Flags(), forLook, "send it one of each request: on this machine to a replica that is started for that, with --cluster from a pod made for that if no worker is there; --try=false does not look (default: with --cluster from a worker)")
	under(cmd.Flags(), forLook, func(flags *pflag.FlagSet) {
		flags.StringVar(&opts.python, "python", "", "Python `PROGRAM` that has Locust, for engine locust on this machine (default: python3 on the PATH)")
	})
	under(cmd.Flags(), forOutput, func(flags *pflag.FlagSet) {
		flags.BoolVar(&opts.json, "json", false, "print the plan as JSON, with --try or --cluster the findings, too")
	})
	return cmd
}

func runPlan(ctx context.Context, opts *planOptions, env *Env) error {
	if opts.preflight {
		return planInCluster(ctx, opts, env)
	}
	exp, err := opts.cluster.planned(env, opts.asked.source, opts.asked.settings)
	if err == nil {
		err = refusePython(opts.python, exp.LoadMatrix)
	}
	switch {
	case err != nil:
		return err
	case opts.look.look != preflight.LookWithPod:
		return showPlan(opts, env, exp)
	case exp.LoadMatrix.Spec.Target.ScaleTargetRef != nil:
		return usageError{errors.New("spec.target.scaleTargetRef is in a cluster; give --cluster beside --try, or do all at once with `swarmgrid all FILE`")}
	}
	return planAndTry(ctx, opts, opts.asked.withSecrets(env), exp)
}

func planInCluster(ctx context.Context, opts *planOptions, env *Env) error {
	c, exp, err := opts.cluster.connectDeployed(ctx, env, opts.asked.source, opts.asked.settings, true)
	if err != nil {
		return err
	}
	look := func() (preflight.Findings, error) {
		return inspectCluster(ctx, env, c.Preflight, exp, preflight.Options{Submits: true, Deploys: true, Look: opts.look.look})
	}
	if exp.LoadMatrix.Spec.Target.ScaleTargetRef == nil {
		look = func() (preflight.Findings, error) {
			return nil, usageError{errors.New("--cluster looks at spec.target.scaleTargetRef, which the experiment does not have; leave it out")}
		}
	}
	return planAndLook(opts, env, exp, c.Namespace, look)
}

// planAndLook shows the plan before the look, which may take a while; as JSON both are one
// document.
func planAndLook(opts *planOptions, env *Env, exp *experiment.Experiment, namespace string, look func() (preflight.Findings, error)) error {
	if opts.json {
		found, err := look()
		return errors.Join(err, printPlanJSON(env.Stdout, exp, found, nil))
	}
	if err := showPlan(opts, env, exp); err != nil {
		return err
	}
	found, err := look()
	if err != nil {
		return err
	}
	ready := "this run"
	if found.Undeployed() {
		ready = "`swarmgrid deploy FILE`"
	}
	_, _ = fmt.Fprintf(env.Stderr, "namespace %s is ready for %s\n", namespace, ready)
	return nil
}

func showPlan(opts *planOptions, env *Env, exp *experiment.Experiment) error {
	if opts.json {
		return printPlanJSON(env.Stdout, exp, nil, nil)
	}
	lines := aboutLines(run.AboutOf(exp))
	if text := exp.NeighboursText(); text != "" {
		lines = append(lines, "beside the locustfile: "+text)
	}
	for _, line := range append(lines, requestLines(plannedRequests(exp))...) {
		_, _ = fmt.Fprintln(env.Stdout, line)
	}
	_, _ = fmt.Fprintln(env.Stdout)
	if err := printPlan(env.Stdout, exp, experiment.NewPlan(exp)); err != nil {
		return err
	}
	for _, note := range exp.Notes() {
		_, _ = fmt.Fprintf(env.Stdout, "note: %s\n", note)
	}
	return nil
}

func printPlan(w io.Writer, exp *experiment.Experiment, plan experiment.Plan) error {
	if exp.Searches() {
		return printCosts(w, exp)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...any) {
		for _, c := range cells {
			_, _ = fmt.Fprintf(table, "%v\t", c)
		}
		_, _ = fmt.Fprintln(table)
	}
	row("#", "REPLICAS", "WORKERS", "USERS", "ROUND", "SCALE", "RAMP", "SETTLE", "MEASURE", "COOLDOWN", "TOTAL")
	for i, s := range plan.Scenarios {
		t := s.Time
		row(i+1, s.Key.Replicas, workersText(exp, s.Key.Workers), s.Key.Users, s.Key.Round,
			t.Scale, t.Ramp.Round(time.Second), t.Settle, most(exp, t.Measure), t.Cooldown, most(exp, t.Total().Round(time.Second)))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	about := "about "
	if exp.Auto() {
		about = ""
	}
	_, err := fmt.Fprintf(w, "\n%s, %s%s if every first attempt is valid (SCALE is a guess; up to %s each).\n",
		matrix.Count(len(plan.Scenarios), "scenario"), about, most(exp, plan.Total().Round(time.Second)), matrix.Count(exp.LoadMatrix.Spec.Measure.Attempts, "attempt"))
	return err
}

// most is a time that contains windows; with duration auto it is the longest.
func most(exp *experiment.Experiment, d time.Duration) string {
	if exp.Auto() {
		return "up to " + d.String()
	}
	return d.String()
}

func workersText(exp *experiment.Experiment, n int) string {
	if exp.WorkersAsFound() {
		return "as found"
	}
	return fmt.Sprint(n)
}

// printPlanJSON gives seconds, as every other JSON of the tool does.
func printPlanJSON(w io.Writer, exp *experiment.Experiment, found preflight.Findings, answers look.Answers) error {
	type scenario struct {
		matrix.Key
		Scale    float64 `json:"scale_s"`
		Ramp     float64 `json:"ramp_s"`
		Settle   float64 `json:"settle_s"`
		Measure  float64 `json:"measure_s"`
		Cooldown float64 `json:"cooldown_s"`
	}
	plan := experiment.NewPlan(exp)
	out := struct {
		About     *run.About         `json:"about"`
		Files     []string           `json:"files,omitempty"`
		Requests  []plannedRequest   `json:"requests,omitempty"`
		Scenarios []scenario         `json:"scenarios"`
		Total     float64            `json:"total_s"`
		Answers   []plannedAnswer    `json:"answers"`
		UpTo      bool               `json:"up_to,omitempty"`
		Notes     []string           `json:"notes,omitempty"`
		Findings  preflight.Findings `json:"findings,omitempty"`
		Tried     []triedRequest     `json:"tried,omitempty"`
	}{
		About: run.AboutOf(exp), Answers: plannedAnswers(exp), Files: exp.NeighbourNames(), Requests: plannedRequests(exp), Total: plan.Total().Seconds(), UpTo: exp.Auto(), Notes: exp.Notes(),
		Findings: found, Tried: triedRequests(answers),
	}
	for _, s := range plan.Scenarios {
		t := s.Time
		out.Scenarios = append(out.Scenarios, scenario{
			s.Key, t.Scale.Seconds(), t.Ramp.Seconds(), t.Settle.Seconds(), t.Measure.Seconds(), t.Cooldown.Seconds(),
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
