package manifests

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// annotationPlaces has, in an experiment that a driver reads, where the locustfile and its
// neighbours are below the folder that the load's pods mount, the locustfile first.
const annotationPlaces = "swarmgrid.dev/load.places"

// noteFiles has a driver's experiment say what its neighbours are, which the driver does
// not see: it only needs to know whether they are others. A driver that a schedule
// starts later than a deploy would miss those that have come since.
func (b *builder) noteFiles(lm *v1alpha1.LoadMatrix) error {
	lm.Spec.Load.File, lm.Spec.Load.Files = b.file, nil
	annotations := map[string]string{}
	for name, value := range lm.Annotations {
		if name != experiment.AnnotationFiles && name != annotationPlaces {
			annotations[name] = value
		}
	}
	if len(b.exp.Neighbours) > 0 {
		var places []string
		for _, s := range b.scripts() {
			places = append(places, s.place)
		}
		text, err := json.Marshal(places)
		if err != nil {
			return fmt.Errorf("writing experiment: %w", err)
		}
		annotations[experiment.AnnotationFiles], annotations[annotationPlaces] = b.exp.NeighboursSum(), string(text)
	}
	lm.Annotations = annotations
	return nil
}

// leadsAway tells whether a place is not a file below the folder of all.
func leadsAway(place string) bool {
	return place == "." || path.Clean(place) != place || !filepath.IsLocal(filepath.FromSlash(place))
}

// FilesFolder is where the load's files are in a run's folder, where there are several.
const FilesFolder = "scripts"

// Unpack turns the contents of an experiment's ConfigMaps, by their keys, into the files
// of a folder that it can be run from. Those of a load of one file are just that.
func Unpack(contents map[string][]byte) (map[string][]byte, error) {
	var lm v1alpha1.LoadMatrix
	if err := yaml.Unmarshal(contents[ExperimentFile], &lm); err != nil || lm.Annotations[annotationPlaces] == "" {
		return contents, nil //nolint:nilerr // whoever decodes it strictly says what is wrong
	}
	var places []string
	err := json.Unmarshal([]byte(lm.Annotations[annotationPlaces]), &places)
	if err != nil || len(places) == 0 || slices.ContainsFunc(places, leadsAway) {
		return nil, fmt.Errorf("the experiment's annotation %s is %q, must be a list of files that lead nowhere else", annotationPlaces, lm.Annotations[annotationPlaces])
	}
	files := map[string][]byte{}
	lm.Spec.Load.File = path.Join(FilesFolder, places[0])
	files[lm.Spec.Load.File] = contents[loadFileName(lm.Spec.Load.Engine)]
	for _, place := range places[1:] {
		name := path.Join(FilesFolder, place)
		lm.Spec.Load.Files = append(lm.Spec.Load.Files, name)
		files[name] = contents[keyOf(place)]
	}
	delete(lm.Annotations, annotationPlaces)
	delete(lm.Annotations, experiment.AnnotationFiles)
	if files[ExperimentFile], err = yaml.Marshal(&lm); err != nil {
		return nil, fmt.Errorf("writing experiment: %w", err)
	}
	return files, nil
}
