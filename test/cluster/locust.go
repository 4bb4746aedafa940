package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/ociimage"
)

const (
	locustVersion = "2.47.0"
	locustImage   = "swarmgrid.dev/locust:" + locustVersion
	// locustRecipeVersion changes when the image is put together in another way.
	locustRecipeVersion = "1"
	// pythonHome is where Python lives in the image, wherever it lives here.
	pythonHome = "/usr/local"
	locustHome = "/opt/locust"
)

// askPython prints where a Python keeps its parts.
const askPython = `
import json, locust, os, sys, sysconfig
print(json.dumps({
    "Locust": locust.__version__,
    "Version": "%d.%d" % sys.version_info[:2],
    "Full": sys.version,
    "Executable": os.path.realpath(sys.executable),
    "Prefix": sys.base_prefix,
    "Stdlib": sysconfig.get_path("stdlib"),
    "Packages": sysconfig.get_path("purelib"),
}))`

// python is an interpreter of this machine with Locust installed.
type python struct {
	Locust, Version, Full, Executable, Prefix, Stdlib, Packages string
}

// locustRecipe makes an image of this machine's Python with the Locust that the other
// tests use too: nothing is downloaded twice, and nothing differs.
func (t *testbed) locustRecipe() (recipe, error) {
	if _, err := os.Stat(t.python); err != nil {
		script := filepath.Join(t.root, "hack/locust-venv.sh")
		if out, err := exec.Command("sh", script, locustVersion, filepath.Dir(filepath.Dir(t.python))).CombinedOutput(); err != nil {
			return recipe{}, fmt.Errorf("installing Locust: %w\n%s", err, out)
		}
	}
	answer, err := output(t.python, "-c", askPython)
	if err != nil {
		return recipe{}, err
	}
	var py python
	if err := json.Unmarshal([]byte(answer), &py); err != nil {
		return recipe{}, fmt.Errorf("asking %s where its parts are: %w", t.python, err)
	}
	if py.Locust != locustVersion {
		return recipe{}, fmt.Errorf("%s has Locust %s, not %s", t.python, py.Locust, locustVersion)
	}
	return recipe{name: locustImage, key: locustRecipeVersion + answer, make: py.image}, nil
}

func (py python) image() (ociimage.Image, error) {
	stdlib, err := ociimage.Tree(py.Stdlib, path.Join(pythonHome, "lib/python"+py.Version), skipStdlib)
	if err != nil {
		return ociimage.Image{}, err
	}
	packages, err := ociimage.Tree(py.Packages, locustHome, skipPackages)
	if err != nil {
		return ociimage.Image{}, err
	}
	files := append(stdlib, packages...)
	interpreter := path.Join(pythonHome, "bin/python"+py.Version)
	files = append(files, ociimage.File{Path: interpreter, Mode: 0o755, Source: py.Executable})
	libraries, err := py.libraries(files)
	if err != nil {
		return ociimage.Image{}, err
	}
	files = append(append(files, libraries...), extras(interpreter)...)
	return ociimage.Image{
		Name: locustImage, Architecture: runtime.GOARCH, Files: files,
		Config: ociimage.Config{
			User: "1000:1000", WorkingDir: "/tmp", Entrypoint: []string{interpreter, "-m", "locust"},
			Env: []string{
				"PATH=" + pythonHome + "/bin", "HOME=/tmp", "PYTHONHOME=" + pythonHome, "PYTHONPATH=" + locustHome,
				"LD_LIBRARY_PATH=" + pythonHome + "/lib", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "LANG=C.UTF-8",
			},
		},
	}, nil
}

// skipStdlib leaves out what Locust never imports: other packages, tests, graphical
// interfaces, build tools, and bytecode, which contains the times of its sources.
func skipStdlib(rel string, isDir bool) bool {
	top, _, _ := strings.Cut(rel, "/")
	switch top {
	case "site-packages", "dist-packages", "test", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip":
		return true
	}
	return strings.HasPrefix(top, "config-") || unwanted(rel, isDir)
}

func skipPackages(rel string, isDir bool) bool {
	top, _, _ := strings.Cut(rel, "/")
	name, _, _ := strings.Cut(top, "-")
	switch name {
	case "pip", "setuptools", "pkg_resources", "_distutils_hack":
		return true
	}
	return unwanted(rel, isDir)
}

func unwanted(rel string, isDir bool) bool {
	base := path.Base(rel)
	return isDir && base == "__pycache__" || strings.HasSuffix(base, ".a") || strings.HasSuffix(base, ".pth")
}

// extras are the few files that programs expect on a system.
func extras(interpreter string) []ociimage.File {
	text := func(path string, mode fs.FileMode, content string) ociimage.File {
		return ociimage.File{Path: path, Mode: mode, Content: []byte(content)}
	}
	return []ociimage.File{
		{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
		{Path: pythonHome + "/bin/python3", Mode: fs.ModeSymlink | 0o777, Target: path.Base(interpreter)},
		text("/etc/passwd", 0o644, "root:x:0:0:root:/:/nologin\nlocust:x:1000:1000:locust:/tmp:/nologin\n"),
		text("/etc/group", 0o644, "root:x:0:\nlocust:x:1000:\n"),
		text("/etc/nsswitch.conf", 0o644, "hosts: files dns\n"),
		text(pythonHome+"/bin/locust", 0o755, "#!"+interpreter+"\nimport sys\nfrom locust.main import main\nsys.exit(main())\n"),
	}
}

var libraryLine = regexp.MustCompile(`(?m)(/\S+) \(0x[0-9a-f]+\)$`)

// libraries are the shared libraries, and the loader, that the interpreter and every
// extension module need, as ldd names them.
func (py python) libraries(files []ociimage.File) ([]ociimage.File, error) {
	var objects []string
	for _, f := range files {
		if f.Source == py.Executable || strings.Contains(path.Base(f.Path), ".so") && f.Source != "" {
			objects = append(objects, f.Source)
		}
	}
	out, err := exec.Command("ldd", objects...).Output()
	if err != nil && len(out) == 0 { // ldd complains about one that is not dynamic, and continues
		return nil, fmt.Errorf("looking for the libraries of %s: %w", py.Executable, err)
	}
	var found []ociimage.File
	seen := map[string]bool{}
	for _, match := range libraryLine.FindAllStringSubmatch(string(out), -1) {
		library := filepath.Clean(match[1])
		at := py.libraryPath(library)
		if at == "" || seen[at] {
			continue
		}
		seen[at] = true
		source, err := filepath.EvalSymlinks(library)
		if err != nil {
			return nil, err
		}
		found = append(found, ociimage.File{Path: at, Mode: 0o755, Source: source})
	}
	return found, nil
}

// libraryPath is where a library goes: the loader stays where every program looks for it,
// the others go into one folder; those that come with a package are there already.
func (py python) libraryPath(library string) string {
	switch {
	case strings.HasPrefix(library, py.Packages+"/"):
		return ""
	case strings.HasPrefix(path.Base(library), "ld-linux"):
		return library
	}
	return pythonHome + "/lib/" + path.Base(library)
}
