package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

type planOptions struct {
	file     string
	json     bool
	settings settingsFlags
}

func newPlanCmd(env *Env) *cobra.Command {
	var opts planOptions
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Show the scenarios in their order and the time they take; touch nothing",
		Args:  exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.file = args[0]
			return runPlan(&opts, env)
		},
	}
	opts.settings.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&opts.json, "json", false, "print the plan as JSON")
	return cmd
}

func runPlan(opts *planOptions, env *Env) error {
	exp, err := spec.Load(opts.file, opts.settings.settings(env))
	if err != nil {
		return err
	}
	plan := spec.NewPlan(exp)
	if opts.json {
		return printPlanJSON(env.Stdout, plan)
	}
	return printPlan(env.Stdout, exp, plan)
}

func printPlan(w io.Writer, exp *spec.Experiment, plan spec.Plan) error {
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
			t.Scale, t.Ramp.Round(time.Second), t.Settle, t.Measure, t.Cooldown, t.Total().Round(time.Second))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s, about %v if every first attempt is valid (SCALE is a guess; up to %d attempts each).\n",
		matrix.Count(len(plan.Scenarios), "scenario"), plan.Total().Round(time.Second), exp.LoadMatrix.Spec.Measure.Attempts)
	return err
}

func workersText(exp *spec.Experiment, n int) string {
	if exp.WorkersAsFound() {
		return "as found"
	}
	return fmt.Sprint(n)
}

// printPlanJSON gives seconds, as every other JSON of the tool does.
func printPlanJSON(w io.Writer, plan spec.Plan) error {
	type scenario struct {
		matrix.Key
		Scale    float64 `json:"scale_s"`
		Ramp     float64 `json:"ramp_s"`
		Settle   float64 `json:"settle_s"`
		Measure  float64 `json:"measure_s"`
		Cooldown float64 `json:"cooldown_s"`
	}
	out := struct {
		Scenarios []scenario `json:"scenarios"`
		Total     float64    `json:"total_s"`
	}{Total: plan.Total().Seconds()}
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
