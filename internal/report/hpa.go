package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// hpaFile writes hpa.yaml.
type hpaFile struct {
	*Model
	object  experiment.ScaledObject
	scaling *analysis.Scaling
	bytes.Buffer
}

// commentWidth is where comments are wrapped.
const commentWidth = 96

// line writes a line of YAML.
func (f *hpaFile) line(format string, args ...any) { fmt.Fprintf(f, format+"\n", args...) }

// note writes a comment before a line of that indentation. Foreign text in it stays on the
// comment's own lines.
func (f *hpaFile) note(indent int, format string, args ...any) {
	space := strings.Repeat(" ", indent)
	for _, text := range wrap(words.OneLine(fmt.Sprintf(format, args...)), commentWidth-indent) {
		f.line("%s# %s", space, text)
	}
}

// items are a list in a comment.
func (f *hpaFile) items(texts []string) {
	for _, item := range texts {
		for i, text := range wrap(words.OneLine(item), commentWidth-2) {
			f.line("# %s %s", []string{"-", " "}[min(i, 1)], text)
		}
	}
}

func (f *hpaFile) head() {
	f.note(0, "An autoscaler for %s %s, proposed by swarmgrid %s from run %s.", f.object.Kind, f.object.Name, f.Header.Version, f.Header.RunID)
	f.note(0, "Judged by: %s. Read the reasons, then: kubectl apply -f hpa.yaml", analysis.Objectives(f.SLO))
	f.note(0, "If something scales it already, change that instead: two autoscalers fight each other.")
	f.line("#")
	f.line("# What was not shown:")
	f.items(f.scaling.Unproven)
	if doubts := f.doubts(); len(doubts) > 0 {
		f.line("# In doubt:")
		f.items(doubts)
	}
}

// doubts are those about the answers, and about the cells that back the numbers.
func (f *hpaFile) doubts() []string {
	out := slices.Clone(f.scaling.Doubts)
	for _, p := range f.cited() {
		if doubts := p.Doubts(); len(doubts) > 0 {
			out = append(out, p.Rows[0].Name()+": "+strings.Join(doubts, "; "))
		}
	}
	return out
}

// cited are the cells that back the numbers, each once.
func (f *hpaFile) cited() (out []analysis.Proof) {
	s := f.scaling
	all := []analysis.Proof{s.Least, s.Fewest(), s.Most}
	for _, by := range []*analysis.Signal{s.CPU, s.Rate} {
		if by != nil {
			all = append(all, by.At)
		}
	}
	for _, p := range all {
		same := func(o analysis.Proof) bool { return o.Replicas == p.Replicas && o.Users == p.Users }
		if !slices.ContainsFunc(out, same) {
			out = append(out, p)
		}
	}
	return out
}

func (f *hpaFile) autoscaler() {
	f.line("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler")
	f.named()
	f.least()
	f.line("  minReplicas: %d", f.scaling.Min())
	f.most()
	f.line("  maxReplicas: %d", f.scaling.Max())
	f.metric()
	f.pace(2)
}

// named writes what both kinds of autoscaler have, up to the object that is scaled.
func (f *hpaFile) named() {
	f.line("metadata:\n  name: %s\n  namespace: %s", scalar(f.object.Name), scalar(f.object.Namespace))
	f.line("spec:\n  scaleTargetRef:")
	f.line("    apiVersion: %s\n    kind: %s\n    name: %s", scalar(f.object.APIVersion), scalar(f.object.Kind), scalar(f.object.Name))
}

// plainScalar is a text that YAML takes for a string, and nothing else, without quotes.
var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*(/[A-Za-z0-9-]+|\.[A-Za-z0-9-]+)*$`)

func scalar(s string) string {
	special := []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
	for _, word := range special {
		if strings.EqualFold(s, word) {
			return strconv.Quote(s)
		}
	}
	if plainScalar.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

func (f *hpaFile) least() {
	s := f.scaling
	f.note(2, "The fewest replicas that pass with the lightest load that does: %s.", cellText(s.Least))
	switch {
	case s.Spare == nil:
		f.note(2, "That one of them may be lost was not shown: %s not measured to pass with %s.", matrix.CountWere(s.Least.Replicas+1, "replica"), matrix.Count(s.Least.Users, "user"))
	case s.Min() == s.Spare.Replicas:
		f.note(2, "And one more, so that one may be lost: %s.", cellText(*s.Spare))
	default:
		f.note(2, "With %d one may be lost, which leaves nothing to scale: %s.", s.Spare.Replicas, cellText(*s.Spare))
	}
}

func (f *hpaFile) most() {
	f.note(2, "The fewest replicas that pass with the heaviest load that does: %s.", cellText(f.scaling.Most))
}

// cellText is a cell with the numbers that show that it passes.
func cellText(p analysis.Proof) string {
	text := p.Rows[0].Name()
	var parts []string
	for _, r := range p.Rows {
		parts = append(parts, fmt.Sprintf("%s requests/s, p95 %d ms, failures %s", rps(r), analysis.WholeMillis(r.Record.Measured.Latency.P95), failures(r)))
	}
	text += " (" + strings.Join(parts, "; ") + ")"
	if len(p.Doubts()) > 0 {
		text += ", which is in doubt, see above"
	}
	return text
}

func (f *hpaFile) metric() {
	f.line("  metrics:")
	if f.scaling.CPU != nil {
		f.cpu()
		return
	}
	f.note(4, "CPU is not the metric, because %s.", f.scaling.NoCPU)
	f.rate(4)
	f.note(4, "It takes an adapter that serves this metric of the pods; the name is the one that its documentation uses.")
	f.line("    - type: Pods\n      pods:\n        metric:\n          name: http_requests_per_second")
	f.line("        target:\n          type: AverageValue\n          averageValue: %s", scalar(podRate(f.scaling)))
}

func (f *hpaFile) cpu() {
	s := f.scaling.CPU
	f.note(4, "The pods used %s of the CPU that they request in %s.", percent(s.Value), cellText(s.At))
	if s.Fails != nil {
		f.note(4, "They used more, at least %s, wherever the SLO is missed: %s.", percent(s.FailsAt), s.Fails.Name())
	}
	f.note(4, "With a headroom of %s that is %d %%. It holds for these requests: change them and measure again.", percent(analysis.Headroom), utilization(f.scaling))
	f.line("    - type: Resource\n      resource:\n        name: cpu")
	f.line("        target:\n          type: Utilization\n          averageUtilization: %d", utilization(f.scaling))
}

// rate says where the requests per second and pod come from.
func (f *hpaFile) rate(indent int) {
	s := f.scaling.Rate
	f.note(indent, "A pod answered %s requests a second in %s.", analysis.FormatRPS(s.Value), cellText(s.At))
	if s.Fails != nil {
		f.note(indent, "It answered more, at least %s, wherever the SLO is missed: %s.", analysis.FormatRPS(s.FailsAt), s.Fails.Name())
	}
	f.note(indent, "With a headroom of %s that is %s.", percent(analysis.Headroom), threshold(f.scaling))
}

// pace writes the behavior, if how long new replicas take is known.
func (f *hpaFile) pace(indent int) {
	p := paceOf(f.scaling)
	if p == nil {
		f.note(indent, "No behavior: how long new replicas take is not known, so Kubernetes's own applies.")
		return
	}
	f.note(indent, "New replicas received traffic after %s, the slowest in this run.", startup(f.scaling.Startup))
	if text := warmed(f.scaling.Startup.Warming); text != "" {
		f.note(indent, "%s", text)
	}
	f.note(indent, "So it at most doubles every %d s, when the last step helps already, and takes one away every %d s, after a lower load has lasted %d s.", p.up, p.down, p.window)
	space := strings.Repeat(" ", indent)
	for _, text := range []string{
		"behavior:",
		"  scaleUp:",
		"    stabilizationWindowSeconds: 0",
		"    policies:",
		"      - {type: Percent, value: 100, periodSeconds: " + strconv.Itoa(p.up) + "}",
		"  scaleDown:",
		"    stabilizationWindowSeconds: " + strconv.Itoa(p.window),
		"    policies:",
		"      - {type: Pods, value: 1, periodSeconds: " + strconv.Itoa(p.down) + "}",
	} {
		f.line("%s%s", space, text)
	}
}

// keda writes KEDA's object, commented out: a cluster has one autoscaler for an object.
func (f *hpaFile) keda() {
	if f.scaling.Rate == nil {
		f.line("---\n# No ScaledObject of KEDA: requests per pod are no lower where it passes than where it fails.")
		return
	}
	d := &hpaFile{Model: f.Model, object: f.object, scaling: f.scaling}
	d.line("apiVersion: keda.sh/v1alpha1\nkind: ScaledObject")
	d.named()
	d.line("  minReplicaCount: %d\n  maxReplicaCount: %d", f.scaling.Min(), f.scaling.Max())
	if paceOf(f.scaling) != nil {
		d.line("  advanced:\n    horizontalPodAutoscalerConfig:")
		d.pace(6)
	}
	d.line("  triggers:\n    - type: prometheus\n      metadata:")
	d.note(8, "Both are yours to fill in: where Prometheus is, and what counts the requests of these pods.")
	d.line("        serverAddress: http://prometheus.monitoring.svc:9090")
	d.line("        query: %s", strconv.Quote(fmt.Sprintf("sum(rate(http_requests_total{namespace=%q}[1m]))", f.object.Namespace)))
	d.rate(8)
	d.line("        threshold: %s", strconv.Quote(threshold(f.scaling)))
	f.line("---\n# In place of the above, for KEDA and Prometheus: remove it, and the first \"# \" of each line below.\n#")
	for text := range strings.Lines(d.String()) {
		f.line("# %s", strings.TrimRight(text, "\n"))
	}
}

// threshold is the requests per second and pod as KEDA reads them, a decimal number.
func threshold(s *analysis.Scaling) string {
	if text := podRate(s); !strings.HasSuffix(text, "m") {
		return text
	}
	return strconv.FormatFloat(s.Rate.Target(), 'f', 3, 64)
}
