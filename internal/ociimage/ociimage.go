// Package ociimage writes container images without a container engine: one layer, made of
// files given one by one, as a tar archive that `docker load`, `ctr images import`, `kind
// load image-archive` and `skopeo copy oci-archive:` read.
//
// The archive is an OCI image layout and, in the same tar, the older
// docker-archive index. The same files give the same bytes: times are the epoch,
// owners are numbers, and names are sorted.
package ociimage

import (
	"fmt"
	"io"
	"io/fs"
)

// An Image is one image for linux, with one layer.
type Image struct {
	// Name is the repository and tag that the archive is loaded as.
	Name string
	// Architecture is Go's name of the processor, as in GOARCH.
	Architecture string
	// Files are the whole root file system; directories above them are added.
	Files []File
	// Config says how the image runs.
	Config Config
}

// Config is the part of the OCI image configuration that we use.
type Config struct {
	// User is numeric, "uid" or "uid:gid", so that runAsNonRoot can be checked.
	User       string            `json:"User,omitempty"`
	Env        []string          `json:"Env,omitempty"`
	Entrypoint []string          `json:"Entrypoint,omitempty"`
	Cmd        []string          `json:"Cmd,omitempty"`
	WorkingDir string            `json:"WorkingDir,omitempty"`
	Labels     map[string]string `json:"Labels,omitempty"`
}

// A File is one entry of the layer: a regular file, a directory or a symbolic link
// by the type bits of Mode. Everything belongs to user and group 0.
type File struct {
	// Path is absolute, with slashes.
	Path string
	// Mode has the permissions, the type, and the sticky bit if wanted.
	Mode fs.FileMode
	// Content is what a regular file holds, unless Source is set.
	Content []byte
	// Source is the file on this machine whose content is taken; it must not change
	// during Write.
	Source string
	// Target is where a symbolic link points.
	Target string
}

// Write writes the image's archive. It reads each Source twice, since a layer's
// name is its digest and comes first.
func Write(w io.Writer, img Image) error {
	if img.Name == "" || img.Architecture == "" {
		return fmt.Errorf("writing an image: it needs a name and an architecture, not %q and %q", img.Name, img.Architecture)
	}
	if err := write(w, img); err != nil {
		return fmt.Errorf("writing image %s: %w", img.Name, err)
	}
	return nil
}

func write(w io.Writer, img Image) error {
	files, err := complete(img.Files)
	if err != nil {
		return err
	}
	layer, err := measure(func(w io.Writer) error { return writeLayer(w, files) })
	if err != nil {
		return err
	}
	return writeArchive(w, img, files, layer)
}
