package manifests

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

const (
	// maxFile leaves room in a ConfigMap, whose data may have 1 MiB, for the name.
	maxFile = 1_000_000
	// maxScripts bounds what a deploy uploads, which every pod of the load mounts, and the
	// number of ConfigMaps.
	maxScripts = 8 << 20
)

// script is a file of the load on its way into a ConfigMap.
type script struct {
	// place is where it is below the folder that all of them are in, key what its
	// ConfigMap calls it, which may hold no slash.
	place, key string
	data       []byte
}

// scripts are the load's file, first, and its neighbours. Without any the file has the
// name that it has always had.
func (b *builder) scripts() []script {
	if len(b.exp.Neighbours) == 0 {
		return []script{{b.file, b.file, b.exp.LoadFile}}
	}
	folder := b.above()
	names := append([]string{filepath.Base(b.exp.LoadPath)}, b.exp.NeighbourNames()...)
	if slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(path.Join(folder, name), "..") }) {
		folder = path.Join("load", folder) // no volume has such a name at its top
	}
	main := path.Join(folder, names[0])
	all := []script{{main, b.file, b.exp.LoadFile}}
	for _, n := range b.exp.Neighbours {
		place := path.Join(folder, n.Name)
		all = append(all, script{place, keyOf(place), n.Data})
	}
	return all
}

// above are so many of the folders that the locustfile is in as its neighbours' names
// climb: where it is "load" and one of them "../data/users.csv".
func (b *builder) above() string {
	climbs := 0
	for _, n := range b.exp.Neighbours {
		climbs = max(climbs, len(strings.SplitAfter(n.Name, "../"))-1)
	}
	folder, err := filepath.Abs(filepath.Dir(b.exp.LoadPath))
	if err != nil {
		return "" // it was read from there
	}
	names := strings.Split(strings.Trim(filepath.ToSlash(folder), "/"), "/")
	return path.Join(names[max(0, len(names)-climbs):]...)
}

// keyOf is a place as a ConfigMap's key: itself if it can be one, else something like it
// that no other place has.
func keyOf(place string) string {
	key := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-._", r) || r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '_'
	}, place)
	const most = 200 // of 253, for what comes after
	taken := []string{loadFileName(v1alpha1.EngineSwarm), loadFileName(v1alpha1.EngineLocust), ExperimentFile}
	if key == place && len(key) <= most && !strings.HasPrefix(key, "..") && !slices.Contains(taken, key) {
		return key
	}
	sum := sha256.Sum256([]byte(place))
	return strings.TrimLeft(key[max(0, len(key)-most):], ".") + "-" + hex.EncodeToString(sum[:8])
}

// checkScripts wants files that fit into ConfigMaps.
func (b *builder) checkScripts() error {
	const next = "build it into an image of your own (spec.cluster.locustImage)"
	var errs []error
	if n := len(b.exp.LoadFile); n > maxFile {
		errs = append(errs, fmt.Errorf("spec.load.file is %d bytes, at most %d fit into a ConfigMap; %s", n, maxFile, next))
	}
	total := int64(len(b.exp.LoadFile))
	for _, n := range b.exp.Neighbours {
		total += n.Size
		if n.Size > maxFile {
			errs = append(errs, fmt.Errorf("spec.load.files: %s is %d bytes, at most %d fit into a ConfigMap; %s", n.Path, n.Size, maxFile, next))
		}
	}
	if len(errs) == 0 && total > maxScripts {
		errs = append(errs, fmt.Errorf("spec.load.files: the load's files are %d bytes, at most %d go into ConfigMaps; build the data into an image of your own (spec.cluster.locustImage)", total, maxScripts))
	}
	return errors.Join(errs...)
}

// scriptMaps spreads the load's files over as few ConfigMaps as their order allows, and
// tells what each has.
func (b *builder) scriptMaps() (maps []*corev1.ConfigMap, parts [][]script) {
	size := maxFile + 1
	for _, s := range b.scripts() {
		if size += len(s.data); size > maxFile {
			maps, parts = append(maps, b.scriptMap(len(maps))), append(parts, nil)
			size = len(s.data)
		}
		last := len(maps) - 1
		parts[last] = append(parts[last], s)
		put(maps[last], s)
	}
	return maps, parts
}

func (b *builder) scriptMap(n int) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   typeMeta("v1", "ConfigMap"),
		ObjectMeta: b.meta(scriptsName(b.names.Scripts, n), LabelPart, PartScripts),
	}
}

// scriptsName is the ConfigMap with a part of the load's files.
func scriptsName(first string, n int) string {
	if n == 0 {
		return first
	}
	return targetlock.Shorten(fmt.Sprintf("%s-%d", first, n))
}

func put(cm *corev1.ConfigMap, s script) {
	if !utf8.Valid(s.data) {
		if cm.BinaryData == nil {
			cm.BinaryData = map[string][]byte{}
		}
		cm.BinaryData[s.key] = s.data
		return
	}
	if cm.Data == nil {
		cm.Data = map[string]string{}
	}
	cm.Data[s.key] = string(s.data)
}

// scriptVolume is what the load's pods mount.
func (b *builder) scriptVolume() corev1.Volume {
	if len(b.exp.Neighbours) == 0 {
		return configMapVolume(scriptsVolume, b.names.Scripts)
	}
	var sources []corev1.VolumeProjection
	maps, parts := b.scriptMaps()
	for i, cm := range maps {
		var items []corev1.KeyToPath
		for _, s := range parts[i] {
			items = append(items, corev1.KeyToPath{Key: s.key, Path: s.place})
		}
		sources = append(sources, projection(cm.Name, items...))
	}
	return projected(scriptsVolume, sources...)
}

func projection(configMap string, items ...corev1.KeyToPath) corev1.VolumeProjection {
	return corev1.VolumeProjection{ConfigMap: &corev1.ConfigMapProjection{
		LocalObjectReference: corev1.LocalObjectReference{Name: configMap}, Items: items,
	}}
}

func projected(volume string, sources ...corev1.VolumeProjection) corev1.Volume {
	return corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: sources}}}
}

// scriptsDigest changes with every file of the load and its place.
func (b *builder) scriptsDigest() string {
	if len(b.exp.Neighbours) == 0 {
		return digest(b.exp.LoadFile)
	}
	var all bytes.Buffer
	for _, s := range b.scripts() {
		_, _ = fmt.Fprintf(&all, "%q %d\n", s.place, len(s.data))
		all.Write(s.data)
	}
	return digest(all.Bytes())
}
