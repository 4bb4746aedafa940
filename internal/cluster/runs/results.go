package runs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// Downloaded is a run's directory as a local run has it.
type Downloaded struct {
	Dir     string
	Run     string
	Journal *result.Run
	// GoesOn tells that the run may still measure something.
	GoesOn bool
	// Without says why the experiment and its load's file are not there; empty when
	// they are.
	Without string
	records int
	slot    int
}

// Kept lists the runs whose results are in the cluster, damaged ones included, the newest
// first.
func (r *Runs) Kept(ctx context.Context) ([]driver.Slot, error) {
	slots, err := r.Slots(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slots, func(s driver.Slot) bool { return s.Size == 0 && s.Damage == nil }), nil
}

// Results writes the journal and the experiment of a run, the newest when id is
// empty, into dir, by default results/<run id>. It works while the run goes on,
// and after its Job is gone. A run without records is a *NoRecordsError, never another
// run's. Once the reports are made, MarkDownloaded says so.
func (r *Runs) Results(ctx context.Context, id, dir string) (*Downloaded, error) {
	kept, err := r.Kept(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := r.latest(ctx, kept)
	if err != nil {
		return nil, err
	}
	slot, err := pick(newest, kept, id)
	if err != nil {
		return nil, err
	}
	text, journal, err := journalOf(slot)
	if err != nil {
		return nil, err
	}
	if dir == "" {
		dir = filepath.Join("results", slot.Run)
	}
	if err := refuseOther(dir, slot.Run); err != nil {
		return nil, err
	}
	d := &Downloaded{Dir: dir, Run: slot.Run, Journal: journal, GoesOn: newest.active && newest.run == slot.Run, records: slot.Records, slot: slot.Number}
	return d, r.write(ctx, d, text)
}

// Measured is what a run has measured, as it is kept in the cluster; nil where it has no
// records.
func (r *Runs) Measured(ctx context.Context, run string) (*result.Run, error) {
	kept, err := r.Kept(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(kept, func(s driver.Slot) bool { return s.Run == run && s.Records > 0 })
	if i < 0 {
		return nil, nil
	}
	_, journal, err := journalOf(kept[i])
	return journal, err
}

func journalOf(slot driver.Slot) (text []byte, journal *result.Run, err error) {
	if text, err = slot.Journal(); err != nil {
		return nil, nil, err
	}
	if journal, err = result.DecodeJournal(text); err != nil {
		return nil, nil, fmt.Errorf("run %s in the ConfigMaps %s…: %w", slot.Run, slot.First(), err)
	}
	return text, journal, nil
}

func pick(newest latest, kept []driver.Slot, id string) (driver.Slot, error) {
	wanted := cmp.Or(id, newest.run)
	for _, s := range kept {
		if s.Damage != nil && s.Run == wanted {
			return driver.Slot{}, s.Damage
		}
	}
	if none := newest.without(kept); none != nil && wanted == newest.run {
		return driver.Slot{}, none
	}
	var ids []string
	for _, s := range kept {
		if s.Records == 0 {
			continue
		}
		if s.Run == wanted {
			return s, nil
		}
		ids = append(ids, s.Run)
	}
	if len(ids) == 0 {
		return driver.Slot{}, errors.New("the cluster has no results yet; start a run with `swarmgrid submit FILE`")
	}
	return driver.Slot{}, fmt.Errorf("there are no records of run %s; kept runs: %s", wanted, strings.Join(ids, ", "))
}

// refuseOther is an error unless the directory is free or holds this run.
func refuseOther(dir, id string) error {
	there, err := rundir.Read(dir)
	switch {
	case err != nil:
		return rundir.Free(dir)
	case there.Header.RunID != id:
		return &rundir.UsedError{Dir: dir, Holds: "holds run " + there.Header.RunID}
	}
	return nil
}

func (r *Runs) write(ctx context.Context, d *Downloaded, journal []byte) error {
	if _, err := atomicfile.MkdirAll(d.Dir); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	deployed, err := r.deployed(ctx)
	if err != nil {
		return err
	}
	files, without, err := ofRun(deployed, d.Journal.Header)
	if err != nil {
		return err
	}
	d.Without = without
	// The journal first: it says which run's directory this is.
	if err := atomicfile.WriteBytes(filepath.Join(d.Dir, rundir.JournalName), journal); err != nil {
		return err
	}
	for name, data := range files {
		path := filepath.Join(d.Dir, name)
		if _, err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
			return fmt.Errorf("writing results: %w", err)
		}
		if err := atomicfile.WriteBytes(path, data); err != nil {
			return err
		}
	}
	return nil
}

// deployed are the files of the experiment that is in the cluster now.
func (r *Runs) deployed(ctx context.Context) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, part := range []string{manifests.PartExperiment, manifests.PartScripts} {
		list, err := r.client.CoreV1().ConfigMaps(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: manifests.PartSelector(r.exp.LoadMatrix, part)})
		if err != nil {
			return nil, fmt.Errorf("reading the experiment: %w", kubeapi.Explain(err))
		}
		for _, cm := range list.Items {
			maps.Copy(files, cm.BinaryData)
			for key, text := range cm.Data {
				files[key] = []byte(text)
			}
		}
	}
	return files, nil
}

// ofRun turns the deployed files into those of a run's directory. If another experiment was
// deployed since, there are none, and without says why.
func ofRun(deployed map[string][]byte, h result.Header) (files map[string][]byte, without string, err error) {
	files = map[string][]byte{}
	exp, err := decodeDeployed(deployed)
	if err != nil {
		return files, "the deployed experiment cannot be read: " + err.Error(), nil
	}
	if exp.WorkersAsFound() && len(h.Keys) > 0 {
		exp = exp.WithWorkers(h.Keys[0].Workers)
	}
	if other := differing(h.Identity, exp.Identity()); len(other) > 0 {
		return files, "another experiment was deployed since, or the run had variables of its own; differing: " + strings.Join(other, ", "), nil
	}
	data, err := json.MarshalIndent(experiment.HideEnv(exp.LoadMatrix), "", "  ")
	if err != nil {
		return nil, "", fmt.Errorf("writing experiment: %w", err)
	}
	files[rundir.ExperimentName] = append(data, '\n')
	if exp.LoadFile == nil {
		return files, "", nil
	}
	name := exp.LoadMatrix.Spec.Load.File
	if len(exp.LoadMatrix.Spec.Load.Files) == 0 && name != rundir.SwarmfileName && name != rundir.LocustfileName {
		return nil, fmt.Sprintf("the load's file is called %q there, and a run's folder has it as %s or %s", name, rundir.SwarmfileName, rundir.LocustfileName), nil
	}
	maps.Copy(files, loadFiles(exp))
	return files, "", nil
}

// loadFiles are the load's file and its neighbours by their paths from the experiment,
// where decodeDeployed has put them.
func loadFiles(exp *experiment.Experiment) map[string][]byte {
	files := map[string][]byte{exp.LoadMatrix.Spec.Load.File: exp.LoadFile}
	for _, n := range exp.Neighbours {
		files[strings.TrimPrefix(n.Path, exp.Folder+string(filepath.Separator))] = n.Data
	}
	return files
}

// decodeDeployed reads the experiment as the driver did.
func decodeDeployed(files map[string][]byte) (*experiment.Experiment, error) {
	dir, err := os.MkdirTemp("", "swarmgrid-experiment-")
	if err != nil {
		return nil, fmt.Errorf("making a directory: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system's own cleaning will do
	for name := range files {
		if !driver.PlainName(name) {
			return nil, fmt.Errorf("a ConfigMap of the experiment has the key %q, which is no file's name", name)
		}
	}
	files, err = manifests.Unpack(files)
	if err != nil {
		return nil, err
	}
	for name, data := range files {
		if err := writeUnder(dir, name, data); err != nil {
			return nil, fmt.Errorf("copying the experiment: %w", err)
		}
	}
	return experiment.Load(filepath.Join(dir, manifests.ExperimentFile), nil)
}

// writeUnder makes the folders, too, that a file is in.
func writeUnder(dir, name string, data []byte) error {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// differing are the names under which two identities have different values.
func differing(a, b map[string]string) (names []string) {
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
