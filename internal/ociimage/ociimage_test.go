package ociimage

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func example() Image {
	return Image{
		Name: "swarmgrid.dev/example:dev", Architecture: "amd64",
		Files: []File{
			{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
			{Path: "/usr/bin/hello", Mode: 0o755, Content: []byte("#!/bin/sh\necho hello\n")},
			{Path: "/bin", Mode: fs.ModeSymlink | 0o777, Target: "usr/bin"},
		},
		Config: Config{User: Nobody, Entrypoint: []string{"/usr/bin/hello"}, Env: []string{"A=b"}},
	}
}

type entry struct {
	Name, Link string
	Mode       int64
	Kind       byte
}

// untar returns the entries in order and the contents by name.
func untar(t *testing.T, data []byte) ([]entry, map[string][]byte) {
	t.Helper()
	var entries []entry
	contents := map[string][]byte{}
	for in := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return entries, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.ModTime.Unix() != 0 || h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s has time %s and owner %d:%d; want the epoch and 0:0", h.Name, h.ModTime, h.Uid, h.Gid)
		}
		contents[h.Name], err = io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{h.Name, h.Linkname, h.Mode, h.Typeflag})
	}
}

func archiveOf(t *testing.T, img Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decode[T any](t *testing.T, data []byte) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

// follow returns the content that a descriptor names and checks its digest and size.
func follow(t *testing.T, contents map[string][]byte, d descriptor) []byte {
	t.Helper()
	data, ok := contents[d.path()]
	sum := sha256.Sum256(data)
	if !ok || digest(sum[:]) != d.Digest || int64(len(data)) != d.Size {
		t.Fatalf("%s has %d bytes with digest %s; want %d with %s", d.path(), len(data), digest(sum[:]), d.Size, d.Digest)
	}
	return data
}

func TestWrite(t *testing.T) {
	_, contents := untar(t, archiveOf(t, example()))
	if got := string(contents["oci-layout"]); got != layoutFile {
		t.Errorf("oci-layout = %s", got)
	}
	root := decode[index](t, contents["index.json"]).Manifests[0]
	if diff := cmp.Diff(map[string]string{nameOfImage: "swarmgrid.dev/example:dev", nameOfRef: "dev"}, root.Annotations); diff != "" {
		t.Error(diff)
	}
	man := decode[manifest](t, follow(t, contents, root))
	config := decode[imageConfig](t, follow(t, contents, man.Config))
	if diff := cmp.Diff(example().Config, config.Config); diff != "" {
		t.Error(diff)
	}
	layer := man.Layers[0]
	if diff := cmp.Diff([]string{layer.Digest}, config.RootFS.DiffIDs); diff != "" {
		t.Error(diff)
	}
	entries, files := untar(t, follow(t, contents, layer))
	want := []entry{
		{"bin", "usr/bin", 0o777, tar.TypeSymlink},
		{"tmp/", "", 0o1777, tar.TypeDir},
		{"usr/", "", 0o755, tar.TypeDir},
		{"usr/bin/", "", 0o755, tar.TypeDir},
		{"usr/bin/hello", "", 0o755, tar.TypeReg},
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Error(diff)
	}
	if got := string(files["usr/bin/hello"]); got != "#!/bin/sh\necho hello\n" {
		t.Errorf("hello = %q", got)
	}
	docker := decode[[]dockerImage](t, contents[dockerConfig])
	wantDocker := []dockerImage{{man.Config.path(), []string{"swarmgrid.dev/example:dev"}, []string{layer.path()}}}
	if diff := cmp.Diff(wantDocker, docker); diff != "" {
		t.Error(diff)
	}
}

func TestWriteIsDeterministic(t *testing.T) {
	shuffled := example()
	shuffled.Files[0], shuffled.Files[2] = shuffled.Files[2], shuffled.Files[0]
	if !bytes.Equal(archiveOf(t, example()), archiveOf(t, shuffled)) {
		t.Error("the order of the files changes the bytes")
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []File
		want  string
	}{
		{"relative", []File{{Path: "a"}}, `path "a" is not absolute and clean`},
		{"not clean", []File{{Path: "/a/../b"}}, "not absolute and clean"},
		{"root", []File{{Path: "/", Mode: fs.ModeDir}}, "not absolute and clean"},
		{"twice", []File{{Path: "/a"}, {Path: "/a"}}, "/a is there twice"},
		{"below a file", []File{{Path: "/a"}, {Path: "/a/b/c"}}, "/a/b/c lies below /a, which is not a directory"},
		{"link to nowhere", []File{{Path: "/a", Mode: fs.ModeSymlink}}, "link /a has no target"},
		{"socket", []File{{Path: "/a", Mode: fs.ModeSocket}}, "only files, directories and symbolic links"},
		{"missing source", []File{{Path: "/a", Source: "/does/not/exist"}}, "adding /a: open /does/not/exist"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Write(io.Discard, Image{Name: "x:y", Architecture: "amd64", Files: test.files})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "writing image x:y: ") {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
		})
	}
	if err := Write(io.Discard, Image{}); err == nil || !strings.Contains(err.Error(), "needs a name and an architecture") {
		t.Errorf("error = %v", err)
	}
}

// changing is a writer that changes a source file between the two times it is read.
type changing struct {
	path string
	done bool
}

func (c *changing) Write(p []byte) (int, error) {
	if c.done {
		return len(p), nil
	}
	c.done = true
	return len(p), os.WriteFile(c.path, []byte("new"), 0o644)
}

func TestWriteNoticesAChangingSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	img := Image{Name: "x:y", Architecture: "amd64", Files: []File{{Path: "/a", Source: path}}}
	if err := Write(&changing{path: path}, img); err == nil || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("error = %v", err)
	}
}

func TestWriteReportsTheWriter(t *testing.T) {
	broken := errors.New("the disk is full")
	if err := Write(failing{broken}, example()); !errors.Is(err, broken) {
		t.Errorf("error = %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestStatic(t *testing.T) {
	program := filepath.Join(t.TempDir(), "prog")
	if err := os.WriteFile(program, []byte("binary"), 0o700); err != nil {
		t.Fatal(err)
	}
	img := Static("x:y", "arm64", program)
	if diff := cmp.Diff(Config{User: "65532:65532", Entrypoint: []string{"/prog"}, WorkingDir: "/tmp"}, img.Config); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(File{Path: "/prog", Mode: 0o755, Source: program}, img.Files[0]); diff != "" {
		t.Error(diff)
	}
	archiveOf(t, img)
}

func TestTree(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]fs.FileMode{"lib/keep.py": 0o600, "lib/run": 0o700, "lib/__pycache__/x.pyc": 0o644, "lib/drop.a": 0o644} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("keep.py", filepath.Join(dir, "lib/link")); err != nil {
		t.Fatal(err)
	}
	skip := func(rel string, isDir bool) bool {
		return isDir && rel == "lib/__pycache__" || rel == "lib/drop.a"
	}
	got, err := Tree(dir, "/opt", skip)
	if err != nil {
		t.Fatal(err)
	}
	want := []File{
		{Path: "/opt/lib", Mode: fs.ModeDir | 0o755},
		{Path: "/opt/lib/keep.py", Mode: 0o644, Source: filepath.Join(dir, "lib/keep.py")},
		{Path: "/opt/lib/link", Mode: fs.ModeSymlink | 0o755, Target: "keep.py"},
		{Path: "/opt/lib/run", Mode: 0o755, Source: filepath.Join(dir, "lib/run")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Tree(filepath.Join(dir, "missing"), "/opt", skip); err == nil || !strings.HasPrefix(err.Error(), "listing ") {
		t.Errorf("error = %v", err)
	}
}
