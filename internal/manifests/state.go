package manifests

import (
	"fmt"
	"strconv"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// state is what a run writes to. It is created empty before the run, because the driver may
// not create anything.
func (b *builder) state() []Object {
	objects := []Object{b.lease(), b.configMap(StatusName(b.names), LabelPart, PartStatus)}
	for slot := range Slots(b.lm.Spec.Schedule) {
		for shard := range Shards(b.exp) {
			objects = append(objects, b.configMap(JournalName(b.names, slot, shard),
				LabelPart, PartJournal, LabelSlot, strconv.Itoa(slot), LabelShard, strconv.Itoa(shard)))
		}
	}
	return objects
}

// lease is the target's lock, shared by all its experiments.
func (b *builder) lease() *coordinationv1.Lease {
	meta := b.meta(targetlock.Name(b.lm.Spec.Target), LabelComponent, ComponentDriver)
	delete(meta.Labels, LabelExperiment)
	return &coordinationv1.Lease{TypeMeta: typeMeta("coordination.k8s.io/v1", "Lease"), ObjectMeta: meta}
}

func (b *builder) configMap(name string, labels ...string) *corev1.ConfigMap {
	labels = append(labels, LabelComponent, ComponentDriver)
	return &corev1.ConfigMap{TypeMeta: typeMeta("v1", "ConfigMap"), ObjectMeta: b.meta(name, labels...)}
}

// experiment is the ConfigMap with the experiment as the driver will read it:
// defaults and overrides filled in, the load's file beside it.
func (b *builder) experiment() (*corev1.ConfigMap, error) {
	lm := *b.lm
	if lm.Spec.Load.MasterURL == "" {
		if err := b.noteFiles(&lm); err != nil {
			return nil, err
		}
	}
	text, err := yaml.Marshal(&lm)
	if err != nil {
		return nil, fmt.Errorf("writing experiment: %w", err)
	}
	cm := b.configMap(ExperimentName(b.names), LabelPart, PartExperiment)
	cm.Annotations = map[string]string{AnnotationOverrides: b.exp.Record.Encode()}
	cm.Data = map[string]string{ExperimentFile: string(text)}
	return cm, nil
}
