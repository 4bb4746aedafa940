package ociimage

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// complete checks the files, adds the directories above them and sorts all by path,
// so that a directory comes before what it holds.
func complete(files []File) ([]File, error) {
	byPath := map[string]File{}
	for _, f := range files {
		if err := check(f); err != nil {
			return nil, err
		}
		if _, ok := byPath[f.Path]; ok {
			return nil, fmt.Errorf("%s is there twice", f.Path)
		}
		byPath[f.Path] = f
	}
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "/"; dir = path.Dir(dir) {
			above, ok := byPath[dir]
			if ok && !above.Mode.IsDir() {
				return nil, fmt.Errorf("%s lies below %s, which is not a directory", f.Path, dir)
			}
			if !ok {
				byPath[dir] = File{Path: dir, Mode: fs.ModeDir | 0o755}
			}
		}
	}
	all := make([]File, 0, len(byPath))
	for _, f := range byPath {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

func check(f File) error {
	if !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "/" {
		return fmt.Errorf("path %q is not absolute and clean", f.Path)
	}
	switch f.Mode.Type() {
	case 0, fs.ModeDir:
	case fs.ModeSymlink:
		if f.Target == "" {
			return fmt.Errorf("link %s has no target", f.Path)
		}
	default:
		return fmt.Errorf("%s is a %s: only files, directories and symbolic links can be in an image", f.Path, f.Mode.Type())
	}
	return nil
}

func writeLayer(w io.Writer, files []File) error {
	out := tar.NewWriter(w)
	for _, f := range files {
		if err := writeFile(out, f); err != nil {
			return fmt.Errorf("adding %s: %w", f.Path, err)
		}
	}
	return out.Close()
}

func writeFile(out *tar.Writer, f File) error {
	switch f.Mode.Type() {
	case fs.ModeDir:
		return out.WriteHeader(header(f, tar.TypeDir, 0))
	case fs.ModeSymlink:
		h := header(f, tar.TypeSymlink, 0)
		h.Linkname = f.Target
		return out.WriteHeader(h)
	}
	content, size, err := open(f)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	if err := out.WriteHeader(header(f, tar.TypeReg, size)); err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return err
}

func open(f File) (io.ReadCloser, int64, error) {
	if f.Source == "" {
		return io.NopCloser(bytes.NewReader(f.Content)), int64(len(f.Content)), nil
	}
	file, err := os.Open(f.Source)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

func header(f File, kind byte, size int64) *tar.Header {
	mode := int64(f.Mode.Perm())
	if f.Mode&fs.ModeSticky != 0 {
		mode |= 0o1000
	}
	name := strings.TrimPrefix(f.Path, "/")
	if kind == tar.TypeDir {
		name += "/"
	}
	return &tar.Header{Typeflag: kind, Name: name, Mode: mode, Size: size, ModTime: time.Unix(0, 0)}
}
