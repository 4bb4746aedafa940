package ociimage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// caBundles are where Linux distributions keep their root certificates, in one file.
func caBundles() []string {
	return []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}
}

// Nobody is the user of our images: no account of any distribution has this number.
const Nobody = "65532:65532"

// Static is an image of one static program on an empty base: the program as the
// entry point, an empty /tmp, this machine's certificate authorities if it has any.
func Static(name, arch, program string) Image {
	entry := "/" + filepath.Base(program)
	files := []File{
		{Path: entry, Mode: 0o755, Source: program},
		{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
	}
	for _, bundle := range caBundles() {
		if _, err := os.Stat(bundle); err == nil {
			files = append(files, File{Path: caBundles()[0], Mode: 0o644, Source: bundle})
			break
		}
	}
	return Image{
		Name: name, Architecture: arch, Files: files,
		Config: Config{User: Nobody, Entrypoint: []string{entry}, WorkingDir: "/tmp"},
	}
}

// Tree lists a directory of this machine as files below the path at. Entries for
// which skip returns true are left out, with all below them; skip gets the path
// relative to dir, with slashes. Everybody may read, and run what the owner may run.
func Tree(dir, at string, skip func(rel string, isDir bool) bool) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if skip(rel, d.IsDir()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		f, err := fromDisk(name, path.Join(at, rel), d)
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing %s for an image: %w", dir, err)
	}
	return files, nil
}

func fromDisk(name, at string, d fs.DirEntry) (File, error) {
	info, err := d.Info()
	if err != nil {
		return File{}, err
	}
	f := File{Path: at, Mode: info.Mode().Type() | 0o644}
	if info.IsDir() || info.Mode().Perm()&0o100 != 0 {
		f.Mode |= 0o111
	}
	switch f.Mode.Type() {
	case fs.ModeDir:
	case 0:
		f.Source = name
	case fs.ModeSymlink:
		f.Target, err = os.Readlink(name)
	default:
		err = errors.New(name + " is neither a file nor a directory nor a link")
	}
	return f, err
}
