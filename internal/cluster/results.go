package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// Downloaded is a run's directory as a local run has it.
type Downloaded struct {
	Dir     string
	Run     string
	Journal *result.Run
	records int
	slot    int
}

// Kept lists the runs whose results are in the cluster, the newest first.
func (c *Cluster) Kept(ctx context.Context, exp *spec.Experiment) ([]Slot, error) {
	slots, err := c.slots(ctx, exp)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slots, func(s Slot) bool { return len(s.Journal) == 0 }), nil
}

// Results writes the journal and the experiment of a run, the newest when id is
// empty, into dir, by default results/<run id>. It works while the run goes on,
// and after its Job is gone. Once the reports are made, MarkDownloaded says so.
func (c *Cluster) Results(ctx context.Context, exp *spec.Experiment, id, dir string) (*Downloaded, error) {
	kept, err := c.Kept(ctx, exp)
	if err != nil {
		return nil, err
	}
	slot, err := pick(kept, id)
	if err != nil {
		return nil, err
	}
	journal, err := result.DecodeJournal(slot.Journal)
	if err != nil {
		return nil, err
	}
	if dir == "" {
		dir = filepath.Join("results", slot.Run)
	}
	if err := refuseOther(dir, slot.Run); err != nil {
		return nil, err
	}
	d := &Downloaded{Dir: dir, Run: slot.Run, Journal: journal, records: slot.Records, slot: slot.Number}
	return d, c.write(ctx, exp, d, slot.Journal)
}

func pick(kept []Slot, id string) (Slot, error) {
	var ids []string
	for _, s := range kept {
		if id == "" || s.Run == id {
			return s, nil
		}
		ids = append(ids, s.Run)
	}
	if len(ids) == 0 {
		return Slot{}, errors.New("the cluster has no results yet; `swarmgrid monitor FILE` tells how far the run is")
	}
	return Slot{}, fmt.Errorf("there is no run %s; kept are %s", id, strings.Join(ids, ", "))
}

// refuseOther keeps a run's directory from being overwritten by another run.
func refuseOther(dir, id string) error {
	if _, err := os.Stat(filepath.Join(dir, run.JournalName)); err != nil {
		return nil //nolint:nilerr // there is nothing to overwrite, or writing will tell
	}
	there, err := run.ReadDir(dir)
	if err == nil && there.Header.RunID != id {
		return fmt.Errorf("%s holds run %s; name another --out", dir, there.Header.RunID)
	}
	return nil
}

func (c *Cluster) write(ctx context.Context, exp *spec.Experiment, d *Downloaded, journal []byte) error {
	if err := os.MkdirAll(d.Dir, 0o755); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	files, err := c.experimentFiles(ctx, exp)
	if err != nil {
		return err
	}
	files[run.JournalName] = journal
	for name, data := range files {
		if err := atomicfile.WriteBytes(filepath.Join(d.Dir, name), data); err != nil {
			return err
		}
	}
	return nil
}

// experimentFiles are the deployed experiment and its load's file, as the run's
// directory of a local run has them.
func (c *Cluster) experimentFiles(ctx context.Context, exp *spec.Experiment) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, part := range []string{manifests.PartExperiment, manifests.PartScripts} {
		list, err := c.Client.CoreV1().ConfigMaps(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: manifests.PartSelector(exp.LoadMatrix, part)})
		if err != nil {
			return nil, fmt.Errorf("reading the experiment: %w", explain(err))
		}
		for _, cm := range list.Items {
			for name, text := range cm.Data {
				files[name] = []byte(text)
			}
		}
	}
	if text, ok := files[manifests.ExperimentFile]; ok {
		data, err := yaml.YAMLToJSON(text)
		if err != nil {
			return nil, fmt.Errorf("reading the experiment: %w", err)
		}
		delete(files, manifests.ExperimentFile)
		files["experiment.json"] = append(data, '\n')
	}
	return files, nil
}

// MarkDownloaded notes in the cluster that what d has is safe here.
func (c *Cluster) MarkDownloaded(ctx context.Context, exp *spec.Experiment, d *Downloaded) error {
	return c.mark(ctx, exp, d.slot, strconv.Itoa(d.records))
}
