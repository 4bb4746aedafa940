package manifests

import (
	"fmt"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/search"
)

// The labels. The first three are the original's.
const (
	LabelApp       = "app"
	LabelRole      = "role"
	LabelComponent = "component"
	// LabelExperiment is the experiment's name; cleanup selects by it.
	LabelExperiment = "swarmgrid.dev/experiment"
	// LabelPart tells the ConfigMaps of a run apart: journal, status, experiment, scripts.
	LabelPart = "swarmgrid.dev/part"
	// LabelSlot numbers the runs that are kept, LabelShard the parts of a journal.
	LabelSlot  = "swarmgrid.dev/slot"
	LabelShard = "swarmgrid.dev/shard"
)

// The values of LabelPart.
const (
	PartJournal    = "journal"
	PartStatus     = "status"
	PartExperiment = "experiment"
	PartScripts    = "scripts"
)

// App is the value of LabelApp on everything that is deployed, but for the target.
const App = "locust"

// ComponentDriver is the value of LabelComponent on the driver's objects.
const ComponentDriver = "driver"

// AnnotationContent is a digest of the load's files on the pods that read them, so
// that another file starts them anew.
const AnnotationContent = "swarmgrid.dev/content"

// AnnotationOverrides is what deploy was given beside the file, on the experiment's
// ConfigMap, where the verbs after it look (experiment.Record). It is there even with nothing in
// it, so that whoever applies the ConfigMap takes an earlier one away.
const AnnotationOverrides = "swarmgrid.dev/overrides"

// AppSelector selects our objects, of whatever experiment.
const AppSelector = LabelApp + "=" + App + "," + labelManager + "=" + manager

// Selector selects every object of an experiment.
func Selector(lm *v1alpha1.LoadMatrix) string {
	return fmt.Sprintf("%s=%s,%s=%s", LabelApp, App, LabelExperiment, lm.Name)
}

// DriverSelector selects an experiment's driver Jobs.
func DriverSelector(lm *v1alpha1.LoadMatrix) string {
	return Selector(lm) + "," + LabelComponent + "=" + ComponentDriver
}

// PartSelector selects an experiment's ConfigMaps of one kind.
func PartSelector(lm *v1alpha1.LoadMatrix, part string) string {
	return Selector(lm) + "," + LabelPart + "=" + part
}

// StatusName is the ConfigMap in which a driver tells how far it is.
func StatusName(n v1alpha1.ClusterNames) string { return n.Job + "-status" }

// ExperimentName is the ConfigMap that the driver reads its experiment from.
func ExperimentName(n v1alpha1.ClusterNames) string { return n.Job + "-experiment" }

// JournalName is one part of the journal of the run in a slot.
func JournalName(n v1alpha1.ClusterNames, slot, shard int) string {
	return fmt.Sprintf("%s-journal-%d-%d", n.Job, slot, shard)
}

// Slots is how many runs' results are kept in the cluster.
func Slots(s *v1alpha1.Schedule) int {
	if s == nil {
		return 1
	}
	return s.History
}

const (
	// RecordBytes bounds the size of a record in a compressed journal, with twenty tasks that
	// all fail (TestRecordSize in internal/driver), and its course in seconds.
	RecordBytes = 8 << 10
	// BatchBytes is what a record that may be judged takes besides, of which a scenario has one:
	// its window in batches, twice what ten tasks at twenty requests a second each take
	// (TestUsualRunFits).
	BatchBytes = 48 << 10
	// ShardBytes is how much of a ConfigMap's 1 MiB a journal fills.
	ShardBytes = 768 << 10
	// RecordsPerScenario is for how many records there is room at least: a scenario may need a
	// second attempt, and interruptions add records.
	RecordsPerScenario = 2
)

// Shards is the number of ConfigMaps for a journal of the experiment. The first is more than
// a usual run needs, so that there is room for what interruptions add.
func Shards(exp *experiment.Experiment) int {
	return ShardsFor(scenarios(exp), exp.LoadMatrix.Spec.Measure.Attempts)
}

// scenarios is how many there may be. A search has more than its matrix where all that it
// measures is close and repeated.
func scenarios(exp *experiment.Experiment) int {
	keys := exp.Axes.Keys()
	if !exp.Searches() {
		return len(keys)
	}
	cells := make([]search.Cell, len(keys))
	for i, k := range keys {
		cells[i] = search.Cell{Replicas: k.Replicas, Users: k.Users}
	}
	q := search.Over(cells)
	q.Within = exp.Within
	q.Control, q.Sentinel = true, true // at most
	cost := search.Expect(q)
	return max(len(keys), cost.Worst+cost.Repeats+cost.Checks())
}

// ShardsFor is Shards for so many scenarios of so many attempts at most.
func ShardsFor(scenarios, attempts int) int {
	return 1 + scenarios*(max(attempts, RecordsPerScenario)*RecordBytes+BatchBytes)/ShardBytes
}

// The recommended label that tells our objects from others with a label app=locust.
const (
	labelManager = "app.kubernetes.io/managed-by"
	manager      = "swarmgrid"
)

// labels are on every object but the Lease, which experiments share.
func (b *builder) labels(more ...string) map[string]string {
	l := map[string]string{
		LabelApp: App, LabelExperiment: b.lm.Name,
		labelManager: manager,
	}
	for i := 0; i+1 < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return l
}

// meta is the metadata of an object; more are further labels as name, value pairs.
func (b *builder) meta(name string, more ...string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: b.lm.Namespace, Labels: b.labels(more...)}
}

// podLabels select the pods of a role. The experiment is part of it, so that two
// experiments with different names may share a namespace.
func (b *builder) podLabels(role string) map[string]string {
	return map[string]string{LabelApp: App, LabelRole: role, LabelExperiment: b.lm.Name}
}

func (b *builder) driverLabels() map[string]string {
	return map[string]string{LabelApp: App, LabelComponent: ComponentDriver, LabelExperiment: b.lm.Name}
}

// podMeta is the metadata of a part's pods: what a person adds, and our own.
func (b *builder) podMeta(s v1alpha1.PodSettings, labels, annotations map[string]string) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Labels: merged(merged(b.labels(), labels), s.Labels), Annotations: annotations}
	if len(s.Annotations) > 0 {
		meta.Annotations = merged(s.Annotations, annotations)
	}
	return meta
}

func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
