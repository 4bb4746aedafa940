package manifests

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// locustProject loads an experiment of a locustfile with neighbours. Its folder's name is fixed, since
// it may become part of a path.
func locustProject(t *testing.T, load string, files map[string]string) (*experiment.Experiment, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	writeAll(t, dir, files)
	text := "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {scaleTargetRef: {name: inference}}, load: {engine: locust, " + load + "}}\n"
	return experiment.Decode("x.yaml", []byte(text), dir, nil)
}

func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// contentOf is what a container sees in a folder, as the kubelet puts it there.
func contentOf(t *testing.T, volume corev1.Volume, objects []Object) map[string]string {
	t.Helper()
	sources := []corev1.VolumeProjection{}
	if volume.Projected != nil {
		sources = volume.Projected.Sources
	} else {
		sources = append(sources, corev1.VolumeProjection{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: volume.ConfigMap.LocalObjectReference}})
	}
	seen := map[string]string{}
	for _, s := range sources {
		contents := configMap(t, objects, s.ConfigMap.Name)
		items := s.ConfigMap.Items
		if items == nil {
			for key := range contents {
				items = append(items, corev1.KeyToPath{Key: key, Path: key})
			}
		}
		for _, item := range items {
			data, ok := contents[item.Key]
			if !ok {
				t.Errorf("ConfigMap %s has no key %s", s.ConfigMap.Name, item.Key)
			}
			if _, twice := seen[item.Path]; twice {
				t.Errorf("two files at %s", item.Path)
			}
			seen[item.Path] = data
		}
	}
	return seen
}

// configMap is one's contents, which the API server would take.
func configMap(t *testing.T, objects []Object, name string) map[string]string {
	t.Helper()
	contents, size := map[string]string{}, 0
	for _, o := range objects {
		cm, ok := o.(*corev1.ConfigMap)
		if !ok || cm.Name != name {
			continue
		}
		for key, text := range cm.Data {
			contents[key] = text
		}
		for key, data := range cm.BinaryData {
			contents[key] = string(data)
		}
	}
	for key, text := range contents {
		if size += len(text); len(validation.IsConfigMapKey(key)) > 0 {
			t.Errorf("ConfigMap %s has the key %q: %v", name, key, validation.IsConfigMapKey(key))
		}
	}
	if size > 1<<20 || len(contents) == 0 {
		t.Errorf("ConfigMap %s has %d bytes in %d files", name, size, len(contents))
	}
	return contents
}

func volumeOf(t *testing.T, pod corev1.PodSpec, name string) corev1.Volume {
	t.Helper()
	for _, v := range pod.Volumes {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no volume %s", name)
	return corev1.Volume{}
}

// TestScripts: a pod of the load sees the locustfile's neighbours where they are on one
// machine, and the driver reads the experiment that was deployed.
func TestScripts(t *testing.T) {
	const main = "import common\nfrom lib import auth\n"
	large := strings.Repeat("x", 600_000)
	for name, tc := range map[string]struct {
		load  string
		files map[string]string
		// file is the locustfile in a pod, sees what is below the mount.
		file  string
		sees  []string
		parts int
	}{
		"alone": {
			"file: checkout.py, files: []",
			map[string]string{"checkout.py": "import requests"},
			"/scripts/locustfile.py",
			[]string{"locustfile.py"},
			1,
		},
		"beside": {
			"file: locustfile.py, files: [users.csv]",
			map[string]string{"locustfile.py": main, "common.py": "#c", "lib/__init__.py": "", "lib/auth.py": "#a", "users.csv": "u"},
			"/scripts/locustfile.py",
			[]string{"common.py", "lib/__init__.py", "lib/auth.py", "locustfile.py", "users.csv"},
			1,
		},
		"names that are taken": {
			"file: checkout.py, files: [locustfile.py, experiment.yaml, swarmfile.yaml, a b/ü.csv, a_b/_.csv]",
			map[string]string{"checkout.py": "#", "locustfile.py": "base", "experiment.yaml": "e", "swarmfile.yaml": "s", "a b/ü.csv": "1", "a_b/_.csv": "2"},
			"/scripts/checkout.py",
			[]string{"a b/ü.csv", "a_b/_.csv", "checkout.py", "experiment.yaml", "locustfile.py", "swarmfile.yaml"},
			1,
		},
		"above": {
			"file: load/python/locustfile.py, files: [data/users.csv, load/seed.bin]",
			map[string]string{"load/python/locustfile.py": main, "load/python/common.py": "#c", "data/users.csv": "u", "load/seed.bin": "\xff\xfe\x00"},
			"/scripts/load/python/locustfile.py",
			[]string{"data/users.csv", "load/python/common.py", "load/python/locustfile.py", "load/seed.bin"},
			1,
		},
		"of several parts": {
			"file: locustfile.py, files: [data]",
			map[string]string{"locustfile.py": "#", "data/1": large, "data/2": large, "data/3": "small", "data/4": large},
			"/scripts/locustfile.py",
			[]string{"data/1", "data/2", "data/3", "data/4", "locustfile.py"},
			3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			exp, err := locustProject(t, tc.load, tc.files)
			if err != nil {
				t.Fatal(err)
			}
			set, err := Build(exp, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(set.Scripts) != tc.parts {
				t.Errorf("%d ConfigMaps, want %d", len(set.Scripts), tc.parts)
			}
			want := map[string]string{}
			for _, place := range tc.sees {
				want[place] = tc.files[place]
			}
			if name == "alone" {
				want["locustfile.py"] = tc.files["checkout.py"]
			}
			for _, o := range []Object{set.Master, set.Worker} {
				pod := podTemplate(o).Spec
				if diff := cmp.Diff(want, contentOf(t, volumeOf(t, pod, "scripts"), set.Deployed())); diff != "" {
					t.Errorf("%s sees (-want +got)\n%s", o.GetName(), diff)
				}
				c := pod.Containers[0]
				if c.Env[0].Value != tc.file || c.WorkingDir != path.Dir(tc.file) {
					t.Errorf("%s runs %s in %s, want %s in its folder", o.GetName(), c.Env[0].Value, c.WorkingDir, tc.file)
				}
			}
			checkDriverReads(t, exp, set)
		})
	}
}

// checkDriverReads decodes what the driver sees, and what results makes of the ConfigMaps.
func checkDriverReads(t *testing.T, exp *experiment.Experiment, set *Set) {
	t.Helper()
	seen := contentOf(t, volumeOf(t, set.Job.Spec.Template.Spec, "experiment"), set.Deployed())
	if len(seen) != 2 {
		t.Errorf("the driver sees %d files, must need two", len(seen))
	}
	contents := map[string][]byte{}
	for _, o := range set.Deployed() {
		if cm, ok := o.(*corev1.ConfigMap); ok && (cm.Labels[LabelPart] == PartScripts || cm.Labels[LabelPart] == PartExperiment) {
			for key, text := range configMap(t, set.Deployed(), cm.Name) {
				contents[key] = []byte(text)
			}
		}
	}
	unpacked, err := Unpack(contents)
	if err != nil {
		t.Fatal(err)
	}
	again := map[string]string{}
	for name, data := range unpacked {
		again[name] = string(data)
	}
	for name, files := range map[string]map[string]string{"driver": seen, "results": again} {
		dir := t.TempDir()
		writeAll(t, dir, files)
		read, err := experiment.Load(filepath.Join(dir, ExperimentFile), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(exp.Identity(), read.Identity()); diff != "" {
			t.Errorf("the %s's experiment is another (-deployed +its)\n%s", name, diff)
		}
	}
}

func TestScriptsRestartPods(t *testing.T) {
	annotation := func(files map[string]string) string {
		files["locustfile.py"] = "import common\n"
		exp, err := locustProject(t, "file: locustfile.py, files: [data.csv]", files)
		if err != nil {
			t.Fatal(err)
		}
		set, err := Build(exp, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return set.Worker.Spec.Template.Annotations[AnnotationContent]
	}
	seen := map[string]string{}
	for name, files := range map[string]map[string]string{
		"first":          {"data.csv": "a"},
		"another data":   {"data.csv": "b"},
		"another module": {"data.csv": "a", "common.py": ""},
		"its text":       {"data.csv": "a", "common.py": "#"},
	} {
		a := annotation(files)
		if other, twice := seen[a]; twice {
			t.Errorf("%s and %s are one to the pods", name, other)
		}
		if seen[a] = name; a != annotation(files) {
			t.Errorf("%s: not the same twice", name)
		}
	}
}

func TestScriptsTooLarge(t *testing.T) {
	part := strings.Repeat("x", maxFile)
	many := map[string]string{"locustfile.py": "#"}
	for i := range 9 {
		many[fmt.Sprint("data/", i)] = part
	}
	for name, tc := range map[string]struct {
		files map[string]string
		want  string
	}{
		"one file": {
			map[string]string{"locustfile.py": "#", "data/users.csv": part + "x"},
			"/project/data/users.csv is 1000001 bytes, at most 1000000 fit into a ConfigMap; build it into an image of your own (spec.cluster.locustImage)",
		},
		"in all": {many, "spec.load.files: the load's files are 9000001 bytes, at most 8388608 go into ConfigMaps; build the data into an image of your own"},
	} {
		t.Run(name, func(t *testing.T) {
			exp, err := locustProject(t, "file: locustfile.py, files: [data]", tc.files)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Build(exp, Options{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want %q in it", err, tc.want)
			}
		})
	}
}

// TestUnpackStaysInside: what an experiment in a cluster calls its files leads to nothing
// of the machine that reads it.
func TestUnpackStaysInside(t *testing.T) {
	for _, places := range []string{`["/etc/passwd"]`, `["l.py", "../x"]`, `["a/../../x"]`, `["a//x"]`, `["."]`, `[""]`, `[]`, `{}`, `x`} {
		text := "metadata: {annotations: {swarmgrid.dev/load.places: '" + places + "'}}\nspec: {load: {engine: locust}}"
		_, err := Unpack(map[string][]byte{ExperimentFile: []byte(text)})
		if err == nil || !strings.Contains(err.Error(), "must be a list of files that lead nowhere else") {
			t.Errorf("%s: error is %v", places, err)
		}
	}
}

// TestScheduleOutlivesFiles: a schedule that is not set anew starts good drivers whatever
// files a later deploy brings.
func TestScheduleOutlivesFiles(t *testing.T) {
	var volumes []corev1.Volume
	for _, files := range []map[string]string{
		{"locustfile.py": "#"},
		{"locustfile.py": "import common", "common.py": "#"},
		{"locustfile.py": "import common", "common.py": strings.Repeat("#", 999_990)},
	} {
		exp, err := locustProject(t, "file: locustfile.py", files)
		if err != nil {
			t.Fatal(err)
		}
		set, err := Build(exp, Options{})
		if err != nil {
			t.Fatal(err)
		}
		volumes = append(volumes, volumeOf(t, set.Job.Spec.Template.Spec, "experiment"))
	}
	if !cmp.Equal(volumes[0], volumes[1]) || !cmp.Equal(volumes[0], volumes[2]) {
		t.Errorf("a driver mounts %v", volumes)
	}
}

// FuzzUnpack wants every path inside, and a key for each that a ConfigMap may have.
func FuzzUnpack(f *testing.F) {
	for _, places := range []string{`["load/l.py","data/x"]`, `["..a"]`, `["a/.."]`, `["."]`, `["\u0000/ü"]`} {
		f.Add(places)
	}
	f.Fuzz(func(t *testing.T, places string) {
		text, err := yaml.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{annotationPlaces: places}}})
		if err != nil {
			return // no experiment has it
		}
		contents := map[string][]byte{ExperimentFile: text}
		files, err := Unpack(contents)
		if err != nil {
			return
		}
		for name := range files {
			if !filepath.IsLocal(name) || name != ExperimentFile && !strings.HasPrefix(name, FilesFolder+"/") {
				t.Errorf("%q leads to %q", places, name)
			}
			if key := keyOf(strings.TrimPrefix(name, FilesFolder+"/")); name != ExperimentFile && len(validation.IsConfigMapKey(key)) > 0 {
				t.Errorf("%q has the key %q: %v", name, key, validation.IsConfigMapKey(key))
			}
		}
	})
}

// TestDottedNames: a name that begins with two dots is a file's as any other, but a volume
// has none at its top.
func TestDottedNames(t *testing.T) {
	for name, tc := range map[string]struct {
		load string
		want []string
	}{
		"at the top":     {"file: locustfile.py, files: [..z]", []string{"load/..z", "load/locustfile.py"}},
		"in a folder":    {"file: locustfile.py, files: [..d/x]", []string{"load/..d/x", "load/locustfile.py"}},
		"further down":   {"file: locustfile.py, files: [data/..y]", []string{"data/..y", "locustfile.py"}},
		"above":          {"file: sub/locustfile.py, files: [..z]", []string{"load/..z", "load/sub/locustfile.py"}},
		"the locustfile": {"file: ..l.py, files: [data/..y]", []string{"load/..l.py", "load/data/..y"}},
		"its folder":     {"file: ..d/locustfile.py, files: [data/..y]", []string{"load/..d/locustfile.py", "load/data/..y"}},
	} {
		t.Run(name, func(t *testing.T) {
			exp, err := locustProject(t, tc.load, map[string]string{
				"locustfile.py": "#", "sub/locustfile.py": "#", "..l.py": "#", "..d/locustfile.py": "#", "..d/x": "", "..z": "", "data/..y": "",
			})
			if err != nil {
				t.Fatal(err)
			}
			set, err := Build(exp, Options{})
			if err != nil {
				t.Fatal(err)
			}
			seen := contentOf(t, volumeOf(t, set.Worker.Spec.Template.Spec, "scripts"), set.Deployed())
			if diff := cmp.Diff(tc.want, slices.Sorted(maps.Keys(seen))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
